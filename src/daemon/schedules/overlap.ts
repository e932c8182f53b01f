import { isFinal, type Task } from '../../protocol/task.ts'
import type { ScheduleRecord } from './record.ts'

/** So many tasks of one schedule may be unfinished at most, also where they may overlap: a queue must not flood. */
const mostUnfinished = 1000

/** What an unfinished task is to the next one. */
export type Unfinished = Pick<Task, 'number' | 'started_at'> | 'just added'

/** Why a time of the schedule is left out; undefined where it may have its task. */
export const overlapReason = (
  { overlap }: Pick<ScheduleRecord, 'overlap'>,
  unfinished: readonly Unfinished[],
): string | undefined => {
  switch (overlap) {
    case 'skip': {
      const [first] = unfinished
      return first === undefined ? undefined : `${nameOf(first)} had not ended`
    }
    case 'queue_one': {
      const waiting = unfinished.find((task) => task === 'just added' || task.started_at === null)
      return waiting === undefined ? undefined : `${nameOf(waiting)} was waiting already`
    }
    case 'all':
      return unfinished.length < mostUnfinished
        ? undefined
        : `${unfinished.length} of its tasks had not ended`
    default:
      return overlap satisfies never
  }
}

/** Those of its tasks that have not ended, with the last one, which a user may have retried. */
export const unfinishedOf = (
  { unfinished, last_run }: Pick<ScheduleRecord, 'unfinished' | 'last_run'>,
  find: (id: string) => Task | undefined,
): Task[] => {
  const ids = new Set([...unfinished, ...(last_run?.task_id == null ? [] : [last_run.task_id])])
  return [...ids].flatMap((id) => {
    const task = find(id)
    return task === undefined || isFinal(task.status) ? [] : [task]
  })
}

const nameOf = (task: Unfinished): string =>
  task === 'just added' ? 'the task before it' : `task ${task.number}`
