import type { EventOf, EventType } from '../../protocol/event.ts'
import { presentationOf, presentTool, type Presentation } from '../../protocol/presentation.ts'
import type { FailureCode } from '../../protocol/failure.ts'
import type { TaskStatus } from '../../protocol/status.ts'
import type { Json } from '../../protocol/task.ts'

/** One thing that happened in a task, as its transcript shows it. Holds text as it came; layout sanitizes it. */
export type Entry = NoteEntry | TextEntry | CallEntry | FailureEntry | NodeEntry | SearchEntry | SummaryEntry

/** A plain fact: a change of status, an approval, a node of a workflow. */
export interface NoteEntry {
  readonly kind: 'note'
  readonly type: EventType
  readonly ts: string
  readonly text: string
  /** Set where the fact is a change of status. */
  readonly status: TaskStatus | null
  /** Whether another entry tells the same, and more: shown only if somebody asks for its type. */
  readonly isTold?: boolean
}

export interface TextEntry {
  readonly kind: 'text'
  readonly type: 'thought' | 'message'
  readonly ts: string
  readonly voice: 'thought' | 'assistant' | 'user'
  readonly text: string
}

/** A tool call and, once there, its outcome. */
export interface CallEntry {
  readonly kind: 'call'
  readonly type: 'tool_use'
  readonly ts: string
  readonly callId: string
  readonly name: string
  readonly args: Json
  readonly outcome: CallOutcome | null
}

export interface CallOutcome {
  readonly status: EventOf<'tool_result'>['data']['status']
  readonly durationMs: number
  readonly text: string
  /** Whether `text` is only the head and tail of the result. */
  readonly truncated: boolean
  readonly bytes: number
  readonly details: Readonly<Record<string, Json>>
}

/** What a call has presented; null where it is no such call, or has not done so. */
export const presentedIn = ({ name, outcome }: CallEntry): Presentation | null =>
  name === presentTool && outcome?.status === 'ok' ? presentationOf(outcome.details) : null

/** An error. `final` where it ended the task; else what comes next is a retry or another step. */
export interface FailureEntry {
  readonly kind: 'failure'
  readonly type: 'error' | 'status'
  readonly ts: string
  readonly code: FailureCode
  readonly message: string
  readonly retryable: boolean
  readonly final: boolean
}

/** A node of a workflow, and once it has ended how. `left`: the attempt ended before it did. */
export interface NodeEntry {
  readonly kind: 'node'
  readonly type: 'node_update'
  readonly ts: string
  readonly id: string
  readonly node: string
  readonly status: EventOf<'node_update'>['data']['status'] | 'left'
  /** Null while it runs. */
  readonly durationMs: number | null
  /** What came out of it, or what went wrong. */
  readonly text: string
  /** The same in few words. */
  readonly summary: string
}

/** What a search has found, and what was made of it (Markdown). */
export interface SearchEntry {
  readonly kind: 'search'
  readonly type: 'search_results'
  readonly ts: string
  readonly id: string
  readonly query: string
  readonly results: EventOf<'search_results'>['data']['results']
  readonly synthesis: string
}

/** Where earlier turns of a conversation were summed up (Markdown). */
export interface SummaryEntry {
  readonly kind: 'summary'
  readonly type: 'compaction'
  readonly ts: string
  readonly id: string
  readonly text: string
  readonly summary: string
}

/** What a foldable entry is known by while it changes; null for one that has nothing to fold. */
export const foldIdOf = (entry: Entry): string | null => {
  switch (entry.kind) {
    case 'call':
      return entry.callId
    case 'node':
    case 'search':
    case 'summary':
      return entry.id
    case 'note':
    case 'text':
    case 'failure':
      return null
  }
}

/** Whether it shows a clock that goes on. */
export const isUnderWay = (entry: Entry): boolean =>
  (entry.kind === 'call' && entry.outcome === null) || (entry.kind === 'node' && entry.status === 'executing')

/** Roughly how many characters an entry keeps in memory. */
export const weightOf = (entry: Entry): number => {
  const envelope = 200
  switch (entry.kind) {
    case 'note':
    case 'text':
      return envelope + entry.text.length
    case 'failure':
      return envelope + entry.message.length
    case 'node':
      return envelope + entry.text.length
    case 'summary':
      return envelope + entry.summary.length
    case 'search':
      return envelope + entry.synthesis.length + jsonWeight(entry.results.flatMap(Object.values) as Json)
    case 'call':
      return envelope + jsonWeight(entry.args) + (entry.outcome?.text.length ?? 0)
  }
}

const jsonWeight = (value: Json): number =>
  Object.values(value ?? {}).reduce((sum, item) => sum + (typeof item === 'string' ? item.length : 16), 0)
