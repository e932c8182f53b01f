import type { AttemptRecord, Task, TaskChanges, TaskError } from '../../protocol/task.ts'

/** So many attempts stay side by side; older ones are in the task's events alone. */
const keptRecords = 50

type AttemptTask = Pick<Task, 'attempt' | 'attempts' | 'max_attempts' | 'progress' | 'started_at'>

/** What the start of the present attempt makes of `attempts`; nothing where one goes on that was parked. */
export const attemptBegun = (task: AttemptTask, startedAt: string): Pick<TaskChanges, 'attempts'> => {
  if (openRecord(task) !== undefined) return {}
  const record: AttemptRecord = {
    number: task.attempt,
    ...triesOf(task),
    status: 'in_progress',
    error: null,
    started_at: startedAt,
    finished_at: null,
    step: null,
  }
  return { attempts: [...task.attempts, record].slice(-keptRecords) }
}

interface AttemptEnd {
  readonly status: Exclude<AttemptRecord['status'], 'in_progress'>
  readonly error?: TaskError | undefined
  readonly finishedAt: string
}

/** What the end of the present attempt makes of `attempts`; nothing where it has not begun. */
export const attemptEnded = (
  task: AttemptTask,
  { status, error, finishedAt }: AttemptEnd,
): Pick<TaskChanges, 'attempts'> => {
  const open = openRecord(task)
  if (open === undefined) return {}
  const ended: AttemptRecord = {
    ...open,
    status,
    error: error ?? null,
    finished_at: finishedAt,
    step: task.progress.step,
  }
  return { attempts: [...task.attempts.slice(0, -1), ended] }
}

/**
 * Which try the present attempt is, and how many the task asked for: since it was added, or retried by a user, who
 * gives it all of its tries again. Attempts beyond those (`max_attempts` grows with them) do not count as asked for.
 */
export const triesOf = (task: AttemptTask): Pick<AttemptRecord, 'try' | 'tries'> => {
  const last = task.attempts.at(-1)
  // Before its first start there is no record of this round.
  if (task.started_at === null || last === undefined) {
    return { try: 1, tries: Math.max(1, task.max_attempts - task.attempt + 1) }
  }
  return last.number === task.attempt
    ? { try: last.try, tries: last.tries }
    : { try: last.try + 1, tries: last.tries }
}

const openRecord = ({ attempt, attempts }: AttemptTask): AttemptRecord | undefined => {
  const last = attempts.at(-1)
  return last?.number === attempt && last.status === 'in_progress' ? last : undefined
}
