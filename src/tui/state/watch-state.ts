import type { Connection } from '../../client/feed.ts'
import type { DaemonStatus, StatusCounts } from '../../protocol/daemon-status.ts'
import type { Why } from '../../protocol/api.ts'
import type { Task } from '../../protocol/task.ts'
import type { Size } from '../layout/panes.ts'
import type { Anchor } from '../layout/viewport.ts'
import type { EditLine } from './edit-line.ts'
import type { EntryFilter } from './entry-filter.ts'
import type { Find } from './find.ts'
import type { LiveTexts } from './live-text.ts'
import type { Pager } from './pager.ts'
import { startReplay, type Replay } from './replay.ts'
import type { Transcript } from './transcript.ts'

/** Everything that the screen shows, as one immutable value. */
export interface WatchState {
  readonly size: Size
  readonly clock: Clock
  /** The time on the wall; another than that of `clock` in a replay. */
  readonly wallMs: number
  readonly connection: Connection
  /** When the connection came into its present state. */
  readonly connectionSinceMs: number
  /** The newest `seq` that was seen. */
  readonly seq: number
  /** The newest `seq` of an event that can change why a task is not running. */
  readonly queueSeq: number
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
  /** Tasks whose transcripts stay on the screen beside that of the selected one, in their order. */
  readonly pinned: readonly string[]
  /** While a pinned task is selected: the one that was selected before and is not pinned; it stays beside it. */
  readonly companionId: string | null
  /** What the panes show that have not the keyboard, by the id of their task. */
  readonly kept: ReadonlyMap<string, KeptPane>
  /** Set while a task is replayed. */
  readonly replay: Replay | null
  readonly why: Why | null
  readonly search: string
  readonly mode: Mode
  readonly notice: Notice | null
  /** Transcripts and the list show only what happened after this. */
  readonly since: number
}

interface Clock {
  /** The time of what is shown. */
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
  /** The search in this transcript; null while there is none. */
  readonly find: Find | null
}

/** A pane that has not the keyboard. */
export interface KeptPane {
  readonly transcript: Transcript
  readonly view: TranscriptView
}

/** What the keyboard is for. */
export type Mode =
  | { readonly kind: 'browse' }
  | { readonly kind: 'help'; readonly top: number }
  | { readonly kind: 'confirm_cancel'; readonly taskId: string }
  | { readonly kind: 'add'; readonly line: EditLine }
  /** Looks for tasks. */
  | { readonly kind: 'search'; readonly line: EditLine }
  /** Looks for words in the transcript. */
  | { readonly kind: 'find'; readonly line: EditLine }
  /** Each key shows or hides a kind of entries. */
  | { readonly kind: 'filter' }
  | { readonly kind: 'pager'; readonly pager: Pager }

export interface Notice {
  readonly text: string
  readonly tone: 'plain' | 'failed'
  readonly untilMs: number
}

export interface WatchStart {
  readonly nowMs: number
  readonly filter: EntryFilter
  readonly since: number
  /** Whether there is a list of tasks beside the transcripts; yes if left out. */
  readonly hasList?: boolean
  /** Tasks that have a pane of their own from the start. */
  readonly pinned?: readonly string[]
  /** Replays a task at this speed instead of following. */
  readonly replaySpeed?: number
}

export const startState = (start: WatchStart): WatchState => ({
  size: { columns: 80, rows: 24, hasList: start.hasList ?? true },
  clock: { nowMs: start.nowMs, tick: 0 },
  wallMs: start.nowMs,
  connection: { state: 'connecting' },
  connectionSinceMs: start.nowMs,
  seq: 0,
  queueSeq: 0,
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
  view: {
    anchor: null,
    seenEnd: 0,
    cursor: null,
    unfoldAll: false,
    flipped: new Set(),
    filter: start.filter,
    find: null,
  },
  pinned: start.pinned ?? [],
  companionId: null,
  kept: new Map(),
  replay: start.replaySpeed === undefined ? null : startReplay(start.replaySpeed),
  why: null,
  search: '',
  mode: { kind: 'browse' },
  notice: null,
  since: start.since,
})
