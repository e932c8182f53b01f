import type { EventOf, EventType } from '../../protocol/event.ts'
import type { FailureCode } from '../../protocol/failure.ts'
import type { TaskStatus } from '../../protocol/status.ts'
import type { Json } from '../../protocol/task.ts'

/** One thing that happened in a task, as its transcript shows it. Holds text as it came; layout sanitizes it. */
export type Entry = NoteEntry | TextEntry | CallEntry | FailureEntry

/** A plain fact: a change of status, an approval, a node of a workflow. */
export interface NoteEntry {
  readonly kind: 'note'
  readonly type: EventType
  readonly ts: string
  readonly text: string
  /** Set where the fact is a change of status. */
  readonly status: TaskStatus | null
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

/** Roughly how many characters an entry keeps in memory. */
export const weightOf = (entry: Entry): number => {
  const envelope = 200
  switch (entry.kind) {
    case 'note':
    case 'text':
      return envelope + entry.text.length
    case 'failure':
      return envelope + entry.message.length
    case 'call':
      return envelope + jsonWeight(entry.args) + (entry.outcome?.text.length ?? 0)
  }
}

const jsonWeight = (value: Json): number =>
  Object.values(value ?? {}).reduce((sum, item) => sum + (typeof item === 'string' ? item.length : 16), 0)
