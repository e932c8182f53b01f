import type { Attached } from '../../../client/attachments.ts'
import type { FeedItem } from '../../../client/feed.ts'
import type { Agent } from '../../../protocol/agent.ts'
import type { DaemonStatus } from '../../../protocol/daemon-status.ts'
import type { Event } from '../../../protocol/event.ts'
import type { Failure, SparkyError } from '../../../protocol/failure.ts'
import type { Task } from '../../../protocol/task.ts'
import type { Tone } from '../../layout/line.ts'
import type { Notice } from '../../state/watch-state.ts'
import type { FoundPaths, InputState } from '../input/input-state.ts'
import type { Focus, Picker } from './chat-state.ts'
import type { ConversationLog } from './conversation-log.ts'
import type { LogVerb } from './log-keys.ts'

/** What the session brings. */
export type ChatItem =
  | FeedItem
  /** Nothing more will come. */
  | { readonly kind: 'closed'; readonly error: SparkyError | null }
  /** The daemon would not have a message of this conversation; of the present one where it does not say. */
  | { readonly kind: 'refused'; readonly conversationId: string | null; readonly failure: Failure }

/** Everything that can happen to the chat's state. */
export type ChatAction =
  | { readonly type: 'feed'; readonly items: readonly ChatItem[] }
  | { readonly type: 'tick'; readonly nowMs: number }
  | { readonly type: 'resized'; readonly size: { readonly columns: number; readonly rows: number } }
  | { readonly type: 'input'; readonly input: InputState }
  /** A line was written and is done with. */
  | { readonly type: 'submitted'; readonly text: string }
  | { readonly type: 'found'; readonly found: FoundPaths }
  | { readonly type: 'focus'; readonly focus: Focus }
  /** A key that moves something in the conversation. */
  | { readonly type: 'log'; readonly verb: LogVerb }
  /** A message that is to be sent as soon as its files are read. */
  | { readonly type: 'drafted'; readonly key: string; readonly said: string; readonly ts: string }
  | {
      readonly type: 'attached'
      readonly conversationId: string
      readonly key: string
      readonly attached: Attached
    }
  | { readonly type: 'sent'; readonly conversationId: string; readonly key: string }
  | {
      readonly type: 'not_sent'
      readonly conversationId: string
      readonly key: string
      readonly failure: Failure
    }
  /** The chat itself says something in the conversation. */
  | { readonly type: 'remark'; readonly text: string; readonly tone: Tone }
  | { readonly type: 'notice'; readonly text: string; readonly tone: Notice['tone'] }
  | { readonly type: 'page_requested'; readonly taskId: string }
  /** A task that was heard of, as the daemon has it. */
  | { readonly type: 'missing'; readonly task: Task }
  | {
      readonly type: 'page'
      readonly taskId: string
      readonly events: readonly Event[]
      readonly isLast: boolean
    }
  /** Another conversation on the screen; the one before is kept. */
  | { readonly type: 'conversation'; readonly log: ConversationLog }
  | { readonly type: 'renamed'; readonly conversationId: string; readonly title: string }
  | { readonly type: 'cleared' }
  | { readonly type: 'model'; readonly model: string | null }
  | { readonly type: 'agents'; readonly agents: readonly Agent[] }
  | { readonly type: 'context_tokens'; readonly tokens: number | null }
  | { readonly type: 'daemon'; readonly status: DaemonStatus }
  | { readonly type: 'picker'; readonly picker: Picker | null }
  | { readonly type: 'picker_moved'; readonly step: 1 | -1 }
  | { readonly type: 'interrupting'; readonly taskId: string }
  /** Ctrl+c on an empty input. */
  | { readonly type: 'leave_asked'; readonly nowMs: number }
