import { isFinal, type Task } from '../../protocol/task.ts'
import { leftOutChange } from './left-out.ts'
import type { RecordChange, ScheduleRecord } from './record.ts'

/**
 * Counts the ends of tasks that are not counted yet, each exactly once, because it leaves `unfinished` with that: a
 * success begins the row of failures anew, a cancelled task is neither. The times that they kept from having a task are
 * then dealt with. Undefined where there is nothing to count.
 */
export const settleChange = (
  record: ScheduleRecord,
  find: (id: string) => Task | undefined,
  nowMs: number,
): RecordChange | undefined => {
  const { unfinished, last_run } = record
  const gone = new Set(unfinished.filter((id) => find(id) === undefined))
  const ended = unfinished
    .flatMap((id) => find(id) ?? [])
    .filter(({ status }) => isFinal(status))
    .sort((one, other) => one.last_seq - other.last_seq)
  if (ended.length === 0 && gone.size === 0) return leftOutByRetried(record, find, nowMs)
  const failures = ended.reduce(countFailure, record.failures_in_row)
  const last = ended.find(({ id }) => id === last_run?.task_id)
  const isOver = new Set(ended.map(({ id }) => id))
  return {
    ...leftOutChange(record, find, nowMs),
    unfinished: unfinished.filter((id) => !gone.has(id) && !isOver.has(id)),
    ...failuresChange(record, failures),
    ...(last_run !== null && last !== undefined
      ? { last_run: { ...last_run, status: last.status, error: last.error } }
      : {}),
  }
}

/** The end of a task that a user had let run again is not counted, but it was in the way. */
const leftOutByRetried = (
  record: ScheduleRecord,
  find: (id: string) => Task | undefined,
  nowMs: number,
): RecordChange | undefined => {
  const task = record.last_run?.task_id == null ? undefined : find(record.last_run.task_id)
  return task !== undefined && isFinal(task.status) ? leftOutChange(record, find, nowMs) : undefined
}

const countFailure = (failures: number, { status }: Task): number =>
  status === 'completed' ? 0 : status === 'failed' ? failures + 1 : failures

/** So many failures in a row now; one too many disables it. */
export const failuresChange = (
  { enabled, max_failures }: Pick<ScheduleRecord, 'enabled' | 'max_failures'>,
  failures: number,
): RecordChange => ({
  failures_in_row: failures,
  ...(enabled && max_failures !== null && failures >= max_failures
    ? {
        enabled: false,
        disabled_reason: `paused after ${failures} failure${failures === 1 ? '' : 's in a row'}`,
      }
    : {}),
})
