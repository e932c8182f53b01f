import type { EventDraft, StoredEvent } from '../../../protocol/event.ts'
import { SparkyError } from '../../../protocol/failure.ts'
import { isNewsOnly } from '../../../protocol/fold.ts'
import { protocolVersion } from '../../../protocol/version.ts'
import type { Decide } from '../store.ts'
import { eventText } from '../task-text.ts'
import type { LogRecord } from './event-log.ts'
import { Overlay, type FoldedState } from './overlay.ts'
import { sealLine } from './sealed-json.ts'
import { taskKey } from './segment-index.ts'

/** Decisions that become durable together: their events, numbered, and the state that they lead to. */
export class Batch {
  readonly state: Overlay
  readonly events: StoredEvent[] = []
  /** The same as JSON. */
  readonly texts: string[] = []
  readonly records: LogRecord[] = []
  /** The time of all its events. */
  readonly ts: string
  /** Bytes of all lines. */
  length = 0
  readonly #firstSeq: number
  /** Of the event before: the next one is mostly about the same task. */
  #lastTaskId: string | null = null
  #lastKey = taskKey(null)

  constructor(durable: FoldedState, next: { readonly seq: number; readonly ts: string }) {
    this.state = new Overlay(durable)
    this.#firstSeq = next.seq
    this.ts = next.ts
  }

  /** The events that follow from one more decision. What `decide` throws leaves the batch as it was. */
  add(decide: Decide): readonly StoredEvent[] {
    const drafts = decide(this.state)
    if (drafts.length === 0) return []
    const numbered = this.state.allOrNothing(() =>
      drafts.map((draft, nth) => this.#take(draft, nth, drafts[nth + 1])),
    )
    for (const { event, text, record } of numbered) {
      this.events.push(event)
      this.texts.push(text)
      this.records.push(record)
      this.length += record.line.length
    }
    return numbered.map(({ event }) => event)
  }

  /** Numbers and folds the nth event of a decision, before the `next` one. */
  #take(draft: EventDraft, nth: number, next: EventDraft | undefined): Taken {
    const event = this.#number(draft, this.#firstSeq + this.events.length + nth)
    const text = eventText(event)
    if (text.length > maxEventLength) {
      throw new SparkyError(
        'too_large',
        `expected an event of at most ${maxEventLength} characters, found ${text.length}`,
      )
    }
    const line = sealLine(text)
    // To fold is to copy the task: not twice for what nobody sees in between.
    if (!isNewsOnly(draft) || draft.task_id !== next?.task_id) this.state.apply(event)
    return { event, text, record: { line, key: this.#keyOf(event.task_id) } }
  }

  #keyOf(taskId: string | null): number {
    if (taskId !== this.#lastTaskId) this.#lastKey = taskKey(taskId)
    this.#lastTaskId = taskId
    return this.#lastKey
  }

  #number(draft: EventDraft, seq: number): StoredEvent {
    return {
      v: protocolVersion,
      seq,
      ts: this.ts,
      task_id: draft.task_id,
      attempt: draft.attempt ?? null,
      step: draft.step ?? null,
      type: draft.type,
      data: this.#numberTask(draft, seq),
      ...(draft.private === undefined ? {} : { private: draft.private }),
    } as StoredEvent
  }

  #numberTask(draft: EventDraft, seq: number): EventDraft['data'] {
    if (draft.task_id === null) return draft.data
    const known = this.state.task(draft.task_id)
    if (draft.type !== 'task_added') {
      if (known === undefined) throw new SparkyError('not_found', `no task "${draft.task_id}"`)
      return draft.data
    }
    if (known !== undefined) throw new SparkyError('conflict', `there is a task "${draft.task_id}" already`)
    const stamp = { created_at: this.ts, updated_at: this.ts, first_seq: seq, last_seq: seq }
    return { task: { ...draft.data.task, ...stamp, number: this.state.lastNumber + 1 } }
  }
}

interface Taken {
  readonly event: StoredEvent
  readonly text: string
  readonly record: LogRecord
}

const maxEventLength = 32 * 1024 * 1024
