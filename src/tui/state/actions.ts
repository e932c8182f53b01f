import type { FeedItem } from '../../client/feed.ts'
import type { DaemonStatus } from '../../protocol/daemon-status.ts'
import type { Why } from '../../protocol/api.ts'
import type { Event } from '../../protocol/event.ts'
import type { Task } from '../../protocol/task.ts'
import type { Size } from '../layout/panes.ts'
import type { Found } from './find.ts'
import type { KeyPress } from './key-names.ts'
import type { Verb } from './keymap.ts'
import type { Recording } from './recording.ts'
import type { ReplayVerb } from './replay-keymap.ts'
import type { Mode, Notice } from './watch-state.ts'

/** Everything that can happen to the screen's state. */
export type Action =
  /** What the feed brought since the last frame. */
  | { readonly type: 'feed'; readonly items: readonly FeedItem[] }
  | { readonly type: 'tick'; readonly nowMs: number }
  | { readonly type: 'resized'; readonly size: Size }
  /** A key that moves something on the screen. */
  | { readonly type: 'verb'; readonly verb: Verb }
  /** A key or a paste while a line of input is open. */
  | { readonly type: 'typed'; readonly press: KeyPress }
  | { readonly type: 'mode'; readonly mode: Mode }
  /** Tasks as the daemon has them now. */
  | { readonly type: 'listed'; readonly tasks: readonly Task[] }
  /** Heard of, and not there any more when it was asked for. */
  | { readonly type: 'gone'; readonly taskId: string }
  | { readonly type: 'selected'; readonly taskId: string }
  /** A key leads to this task. */
  | { readonly type: 'gone_to'; readonly taskId: string }
  | { readonly type: 'daemon'; readonly status: DaemonStatus; readonly withCounts: boolean }
  | { readonly type: 'page_requested'; readonly taskId: string }
  | {
      readonly type: 'page'
      readonly taskId: string
      readonly events: readonly Event[]
      readonly isLast: boolean
    }
  | { readonly type: 'why'; readonly why: Why }
  | { readonly type: 'whole_result'; readonly taskId: string; readonly callId: string; readonly text: string }
  /** So many events of the task that is to be replayed have been read. */
  | { readonly type: 'recording'; readonly read: number }
  | { readonly type: 'recorded'; readonly recording: Recording }
  | { readonly type: 'replay'; readonly verb: ReplayVerb; readonly nowMs: number }
  | ({ readonly type: 'found' } & Found)
  | { readonly type: 'look_again' }
  /** The whole text that the pager waits for. */
  | { readonly type: 'paged'; readonly callId: string; readonly text: string }
  | { readonly type: 'notice'; readonly text: string; readonly tone: Notice['tone'] }
