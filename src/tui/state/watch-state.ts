import type { Connection } from '../../client/feed.ts'
import type { DaemonStatus, StatusCounts, Why } from '../../protocol/api.ts'
import type { Task } from '../../protocol/task.ts'
import type { Size } from '../layout/panes.ts'
import type { Anchor } from '../layout/viewport.ts'
import type { EditLine } from './edit-line.ts'
import type { EntryFilter } from './entry-filter.ts'
import type { LiveTexts } from './live-text.ts'
import type { Transcript } from './transcript.ts'

/** Everything that the screen shows, as one immutable value. */
export interface WatchState {
  readonly size: Size
  readonly clock: Clock
  readonly connection: Connection
  /** When the connection came into its present state. */
  readonly connectionSinceMs: number
  /** The newest `seq` that was seen. */
  readonly seq: number
  readonly daemon: DaemonStatus | null
  /** Tasks by status in the whole store, as of `countsSeq`; null until known, or when only some tasks are watched. */
  readonly counts: StatusCounts | null
  readonly countsSeq: number
  readonly tasks: ReadonlyMap<string, Task>
  /** Ids of `tasks` in the order of the list. */
  readonly order: readonly string[]
  /** Tasks that were heard of and are not in `tasks`. */
  readonly missing: ReadonlySet<string>
  readonly selectedId: string | null
  /** On which row of the list window the selected task stands; kept while rows come and go. */
  readonly selectedRow: number
  readonly transcript: Transcript | null
  readonly liveTexts: LiveTexts
  readonly view: TranscriptView
  readonly why: Why | null
  readonly search: string
  readonly mode: Mode
  readonly notice: Notice | null
  /** Transcripts and the list show only what happened after this. */
  readonly since: number
}

interface Clock {
  readonly nowMs: number
  /** Counts the frames of the one animation. */
  readonly tick: number
}

export interface TranscriptView {
  readonly anchor: Anchor
  /** How many entries there were when the end was last on the screen. */
  readonly seenEnd: number
  /** The entry that the keys work on; null while they work on the list. */
  readonly cursor: number | null
  readonly unfoldAll: boolean
  /** Calls that are the other way round than `unfoldAll`. */
  readonly flipped: ReadonlySet<string>
  readonly filter: EntryFilter
}

/** What the keyboard is for. */
export type Mode =
  | { readonly kind: 'browse' }
  | { readonly kind: 'help'; readonly top: number }
  | { readonly kind: 'confirm_cancel'; readonly taskId: string }
  | { readonly kind: 'add'; readonly line: EditLine }
  | { readonly kind: 'search'; readonly line: EditLine }

export interface Notice {
  readonly text: string
  readonly tone: 'plain' | 'failed'
  readonly untilMs: number
}

export interface WatchStart {
  readonly nowMs: number
  readonly filter: EntryFilter
  readonly since: number
}

export const startState = ({ nowMs, filter, since }: WatchStart): WatchState => ({
  size: { columns: 80, rows: 24 },
  clock: { nowMs, tick: 0 },
  connection: { state: 'connecting' },
  connectionSinceMs: nowMs,
  seq: 0,
  daemon: null,
  counts: null,
  countsSeq: 0,
  tasks: new Map(),
  order: [],
  missing: new Set(),
  selectedId: null,
  selectedRow: 0,
  transcript: null,
  liveTexts: new Map(),
  view: { anchor: null, seenEnd: 0, cursor: null, unfoldAll: false, flipped: new Set(), filter },
  why: null,
  search: '',
  mode: { kind: 'browse' },
  notice: null,
  since,
})
