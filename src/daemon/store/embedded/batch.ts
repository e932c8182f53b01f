import type { EventDraft, StoredEvent } from '../../../protocol/event.ts'
import { SparkyError } from '../../../protocol/failure.ts'
import { protocolVersion } from '../../../protocol/version.ts'
import type { Decide } from '../store.ts'
import type { LogRecord } from './event-log.ts'
import { Overlay, type FoldedState } from './overlay.ts'
import { seal } from './sealed-json.ts'
import { taskKey } from './segment-index.ts'

/** Decisions that become durable together: their events, numbered, and the state that they lead to. */
export class Batch {
  readonly state: Overlay
  readonly events: StoredEvent[] = []
  readonly records: LogRecord[] = []
  /** The time of all its events. */
  readonly ts: string
  /** UTF-16 units of all lines. */
  length = 0
  readonly #firstSeq: number

  constructor(durable: FoldedState, next: { readonly seq: number; readonly ts: string }) {
    this.state = new Overlay(durable)
    this.#firstSeq = next.seq
    this.ts = next.ts
  }

  /** The events that follow from one more decision. What `decide` throws leaves the batch as it was. */
  add(decide: Decide): readonly StoredEvent[] {
    const drafts = decide(this.state)
    if (drafts.length === 0) return []
    const state = new Overlay(this.state)
    const events: StoredEvent[] = []
    const records: LogRecord[] = []
    for (const draft of drafts) {
      const event = this.#number(draft, { seq: this.#firstSeq + this.events.length + events.length, state })
      const line = `${seal(JSON.stringify(event))}\n`
      if (line.length > maxEventLength) {
        throw new SparkyError(
          'too_large',
          `expected an event of at most ${maxEventLength} characters, found ${line.length}`,
        )
      }
      state.apply(event)
      events.push(event)
      records.push({ line, key: taskKey(event.task_id) })
    }
    this.state.takeIn(state)
    for (const event of events) this.events.push(event)
    for (const record of records) {
      this.records.push(record)
      this.length += record.line.length
    }
    return events
  }

  #number(draft: EventDraft, { seq, state }: { seq: number; state: Overlay }): StoredEvent {
    return {
      v: protocolVersion,
      seq,
      ts: this.ts,
      task_id: draft.task_id,
      attempt: draft.attempt ?? null,
      step: draft.step ?? null,
      type: draft.type,
      data: this.#numberTask(draft, { seq, state }),
      ...(draft.private === undefined ? {} : { private: draft.private }),
    } as StoredEvent
  }

  #numberTask(draft: EventDraft, { seq, state }: { seq: number; state: Overlay }): EventDraft['data'] {
    if (draft.task_id === null) return draft.data
    const known = state.task(draft.task_id)
    if (draft.type !== 'task_added') {
      if (known === undefined) throw new SparkyError('not_found', `no task "${draft.task_id}"`)
      return draft.data
    }
    if (known !== undefined) throw new SparkyError('conflict', `there is a task "${draft.task_id}" already`)
    const stamp = { created_at: this.ts, updated_at: this.ts, first_seq: seq, last_seq: seq }
    return { task: { ...draft.data.task, ...stamp, number: state.lastNumber + 1 } }
  }
}

const maxEventLength = 32 * 1024 * 1024
