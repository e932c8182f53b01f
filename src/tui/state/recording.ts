import type { Event } from '../../protocol/event.ts'
import { applyEvent } from '../../protocol/fold.ts'
import { replayedSilenceMs } from '../../protocol/replay-pace.ts'
import type { Task } from '../../protocol/task.ts'
import { emptyTranscript, followEvent, type Transcript } from './transcript.ts'

/** The events of one task, in order, with what it takes to show how things stood after any of them. */
export interface Recording {
  readonly taskId: string
  readonly events: readonly Event[]
  /** When each event comes in the replay, in ms after the first: as it was, but for long silences. */
  readonly playMs: readonly number[]
  /** Positions right after a tool call, and right after something that went wrong, in order. */
  readonly toolCalls: readonly number[]
  readonly errors: readonly number[]
  /** How things stood after every so many events. */
  readonly checkpoints: readonly Moment[]
}

/** How things stood after the first `position` events. */
export interface Moment {
  readonly position: number
  readonly task: Task
  readonly transcript: Transcript
}

const checkpointEvery = 1_000
/** Longer results are kept by their beginning; the whole stays with the daemon. */
const longestResult = 16_000

/** Takes a task's events page by page and folds them as they come, so that no moment is ever far from a checkpoint. */
export class Recorder {
  readonly #taskId: string
  readonly #events: Event[] = []
  readonly #playMs: number[] = []
  readonly #toolCalls: number[] = []
  readonly #errors: number[] = []
  readonly #checkpoints: Moment[] = []
  #last: Moment

  /** `task` as it is now; its transcript will show what happened after `since`. */
  constructor(task: Task, since = 0) {
    this.#taskId = task.id
    const transcript: Transcript = { ...emptyTranscript(task.id, since), loading: false }
    // What it was before its first event; that one says more, unless it was damaged.
    this.#last = { position: 0, task: { ...task, status: 'pending', last_seq: 0 }, transcript }
    this.#checkpoints.push(this.#last)
  }

  get count(): number {
    return this.#events.length
  }

  take(events: readonly Event[]): void {
    for (const event of events) {
      this.#playMs.push(this.#nextPlayMs(event))
      this.#events.push(shortened(event))
      if (event.type === 'tool_use') this.#toolCalls.push(this.#events.length)
      if (isFailure(event)) this.#errors.push(this.#events.length)
      this.#last = after(this.#last, this.#events[this.#events.length - 1] ?? event)
      if (this.#last.position % checkpointEvery === 0) this.#checkpoints.push(this.#last)
    }
  }

  recording(): Recording {
    return {
      taskId: this.#taskId,
      events: this.#events,
      playMs: this.#playMs,
      toolCalls: this.#toolCalls,
      errors: this.#errors,
      checkpoints: this.#checkpoints,
    }
  }

  #nextPlayMs(event: Event): number {
    const before = this.#events.at(-1)
    if (before === undefined) return 0
    return (this.#playMs.at(-1) ?? 0) + replayedSilenceMs(before, event)
  }
}

/** How things stood after so many events; quicker where it is shortly after `near`. Exact in both directions. */
export const momentAt = (recording: Recording, position: number, near?: Moment): Moment => {
  const { events, checkpoints } = recording
  const wanted = Math.min(events.length, Math.max(0, position))
  const checkpoint = checkpoints[Math.floor(wanted / checkpointEvery)]
  let moment =
    near !== undefined && near.position <= wanted && near.position >= (checkpoint?.position ?? 0)
      ? near
      : checkpoint
  if (moment === undefined) throw new RangeError(`expected a checkpoint before event ${wanted}`)
  for (let index = moment.position; index < wanted; index++) {
    const event = events[index]
    if (event !== undefined) moment = after(moment, event)
  }
  return moment
}

const after = ({ position, task, transcript }: Moment, event: Event): Moment => ({
  position: position + 1,
  task: (event.type === 'task_added' ? applyEvent(undefined, event) : applyEvent(task, event)) ?? task,
  transcript: followEvent(transcript, event),
})

const isFailure = (event: Event): boolean =>
  event.type === 'error' ||
  event.type === 'lost' ||
  (event.type === 'tool_result' && event.data.status !== 'ok') ||
  (event.type === 'status' && event.data.status === 'failed')

const shortened = (event: Event): Event => {
  if (event.type !== 'tool_result') return event
  const { result } = event.data
  if (typeof result !== 'string' || result.length <= longestResult) return event
  return { ...event, data: { ...event.data, result: result.slice(0, longestResult), truncated: true } }
}
