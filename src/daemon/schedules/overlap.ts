import { isFinal, type Task } from '../../protocol/task.ts'
import type { OverlapPolicy } from '../../protocol/schedule-policies.ts'
import type { ScheduleRecord } from './record.ts'

/** So many tasks of one schedule may be unfinished at most, also where they may overlap: a queue must not flood. */
const mostUnfinished = 1000

/** A task that may keep a time of its schedule from having one. */
export interface Holder {
  /** Both are null for one that is only about to be added. */
  readonly id: string | null
  readonly number: number | null
  /** Infinity while it does so, and then the moment at which that ended. */
  readonly untilMs: number
}

export const justAdded: Holder = { id: null, number: null, untilMs: Infinity }

/** Why times of a schedule are left out, those up to a moment; Infinity while it is so. */
export interface Obstacle {
  readonly untilMs: number
  readonly reason: string
}

/** What stands, or stood last, between the times of a schedule and their tasks. */
export const obstacleOf = (overlap: OverlapPolicy, holders: readonly Holder[]): Obstacle | undefined => {
  const latestFirst = [...holders].sort((one, other) => (one.untilMs > other.untilMs ? -1 : 1))
  const holder = latestFirst[overlap === 'all' ? mostUnfinished - 1 : 0]
  return holder && { untilMs: holder.untilMs, reason: reasonOf(overlap, holder) }
}

const reasonOf = (overlap: OverlapPolicy, { number }: Holder): string => {
  const name = number === null ? 'the task before it' : `task ${number}`
  switch (overlap) {
    case 'skip':
      return `${name} had not ended`
    case 'queue_one':
      return `${name} was waiting already`
    case 'all':
      return `${mostUnfinished} of its tasks had not ended`
    default:
      return overlap satisfies never
  }
}

/** Those of its tasks whose end is not counted yet, with the last one, which a user may have retried. */
export const holdersOf = (
  { overlap, unfinished, last_run }: Pick<ScheduleRecord, 'overlap' | 'unfinished' | 'last_run'>,
  find: (id: string) => Task | undefined,
): Holder[] => {
  const ids = new Set([...unfinished, ...(last_run?.task_id == null ? [] : [last_run.task_id])])
  return [...ids].flatMap((id) => {
    const task = find(id)
    return task === undefined ? [] : [{ id, number: task.number, untilMs: heldUntilMs(overlap, task) }]
  })
}

/** A task that has begun keeps none from waiting for it. */
const heldUntilMs = (overlap: OverlapPolicy, { status, started_at, finished_at }: Task): number => {
  const until = overlap === 'queue_one' && started_at !== null ? started_at : finished_at
  return until === null || (!isFinal(status) && until === finished_at) ? Infinity : Date.parse(until)
}
