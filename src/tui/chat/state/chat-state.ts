import type { Connection } from '../../../client/feed.ts'
import type { Agent } from '../../../protocol/agent.ts'
import type { Conversation } from '../../../protocol/conversation.ts'
import type { DaemonStatus } from '../../../protocol/daemon-status.ts'
import type { SparkyError } from '../../../protocol/failure.ts'
import type { Anchor } from '../../layout/viewport.ts'
import type { Notice } from '../../state/watch-state.ts'
import type { Approval } from '../chat-source.ts'
import type { ConversationLog } from './conversation-log.ts'
import { emptyInput, type FoundPaths, type InputState } from '../input/input-state.ts'

/** Everything that the chat shows, as one immutable value. */
export interface ChatState {
  readonly size: ChatSize
  readonly clock: { readonly nowMs: number; readonly tick: number }
  readonly connection: ChatConnection
  /** When the connection came into its present state. */
  readonly connectionSinceMs: number
  readonly userId: string
  readonly daemon: DaemonStatus | null
  readonly agents: readonly Agent[]
  /** How many tokens a prompt may have, where the user says. */
  readonly contextTokens: number | null
  /** Of the user's choice for what is said from now on; null: the agent's, or the daemon's. */
  readonly model: string | null
  /** How much of the conversation there was when that was chosen. */
  readonly modelSince: number
  readonly log: ConversationLog
  /** Other conversations of this session, by id. */
  readonly left: ReadonlyMap<string, ConversationLog>
  readonly view: LogView
  readonly input: InputState
  /** What was written before, newest last. */
  readonly history: readonly string[]
  /** What `@` may mean of what is being written. */
  readonly found: FoundPaths | null
  readonly focus: Focus
  readonly picker: Picker | null
  readonly notice: Notice | null
  /** The task whose turn the user has interrupted last. */
  readonly interrupting: string | null
  /** When ctrl+c was pressed last on an empty input. */
  readonly leaveAskedMs: number | null
  /** Counts what gets a key of its own. */
  readonly keys: number
}

interface ChatSize {
  readonly columns: number
  readonly rows: number
  /** Whether the Task Monitor has a pane. */
  readonly hasMonitor: boolean
}

type ChatConnection = Connection | { readonly state: 'closed'; readonly error: SparkyError | null }

/** What the keyboard is for. */
export type Focus = 'input' | 'log' | 'monitor'

export interface LogView {
  readonly anchor: Anchor
  /** How much has come since the end was last on the screen. */
  readonly news: number
  /** The place in the document that the keys work on; null while they work on the input. */
  readonly cursor: number | null
  readonly unfoldAll: boolean
  /** What is the other way round than `unfoldAll`: calls by their id, thoughts by their place. */
  readonly flipped: ReadonlySet<string>
}

/** A list of which one is to be chosen. */
export type Picker =
  | { readonly kind: 'conversations'; readonly rows: readonly Conversation[]; readonly index: number }
  | { readonly kind: 'approvals'; readonly rows: readonly Approval[]; readonly index: number }

export interface ChatStart {
  readonly nowMs: number
  readonly userId: string
  readonly log: ConversationLog
  readonly daemon: DaemonStatus | null
  readonly agents?: readonly Agent[]
  /** What the user chose. */
  readonly model?: string | null
  readonly hasMonitor: boolean
  /** What the user said in earlier chats, newest last. */
  readonly earlier?: readonly string[]
}

export const startChat = ({
  nowMs,
  userId,
  log,
  daemon,
  agents = [],
  model = null,
  hasMonitor,
  earlier = [],
}: ChatStart): ChatState => ({
  size: { columns: 80, rows: 24, hasMonitor },
  clock: { nowMs, tick: 0 },
  connection: { state: 'connecting' },
  connectionSinceMs: nowMs,
  userId,
  daemon,
  agents,
  contextTokens: null,
  model,
  modelSince: 0,
  log,
  left: new Map(),
  view: freshView,
  input: emptyInput,
  history: withSaid(earlier, log),
  found: null,
  focus: 'input',
  picker: null,
  notice: null,
  interrupting: null,
  leaveAskedMs: null,
  keys: 0,
})

/** What was said in the conversation that is gone on with is the newest. */
const withSaid = (earlier: readonly string[], log: ConversationLog): readonly string[] => {
  const said = log.items.flatMap((item) => (item.kind === 'turn' ? [item.said] : []))
  const here = new Set(said)
  return [...earlier.filter((message) => !here.has(message)), ...said]
}

export const freshView: LogView = {
  anchor: null,
  news: 0,
  cursor: null,
  unfoldAll: false,
  flipped: new Set(),
}
