import { isFinal, type Task } from '../../protocol/task.ts'

/**
 * Who starts a task: the agent loop, which gives it a slot; chat, where turns of conversations run beside the slots; or
 * the task that has delegated it, in whose slot it runs.
 */
export type Claimant = 'loop' | 'chat' | 'parent'

export const claimantOf = ({ kind, request_payload }: Pick<Task, 'kind' | 'request_payload'>): Claimant => {
  if (kind === 'chat') return 'chat'
  return request_payload['delegation'] === undefined ? 'loop' : 'parent'
}

/**
 * The tasks that are not final, as those who decide what happens next look at them. What is given as an `Iterable`
 * may be long: look at no more of it than you need, and at once, since it changes with the tasks.
 */
export interface ActiveTasks {
  /**
   * Those that are `pending` and that this claimant starts, in the order of the queue. `isClosed`, asked of one task,
   * speaks for all of the same group with the same locks: where it is true, they are left out. It may be shown a task as
   * it was before its batch.
   */
  queued(claimant: Claimant, isClosed?: (task: Task) => boolean): Iterable<Task>
  /** Those that are `in_progress`. */
  running(): readonly Task[]
  /** Those that are `waiting`: they hold no slot, but keep their locks. */
  waiting(): readonly Task[]
  /** Those that wait for a moment (`wakeMs`), earliest first. */
  timed(): Iterable<Task>
  /** Those that depend on the task with this id. */
  dependants(id: string): readonly Task[]
  /** Those that the task with this id has added or delegated. */
  children(id: string): readonly Task[]
  /** Those with exactly this prompt, in the order of their numbers. */
  withPrompt(prompt: string): Iterable<Task>
}

/** What was interrupted goes first, then higher priority, then the older number. */
export const inQueueOrder = (a: Task, b: Task): number =>
  Number(b.started_at !== null) - Number(a.started_at !== null) ||
  b.priority - a.priority ||
  a.number - b.number

/**
 * The moment that a task waits for, in ms since 1970; null where it waits for none. What is pending and has not started
 * does not: its time had come when it became that, and many may be in line. The next attempt at a task does.
 */
export const wakeMs = ({ status, not_before, started_at, waiting_for }: Task): number | null => {
  const isTimed = status === 'scheduled' || (status === 'pending' && started_at !== null)
  const moment = isTimed ? not_before : status === 'waiting' ? (waiting_for?.until ?? null) : null
  return moment === null ? null : Date.parse(moment)
}

/** Sifted out of a plain list: what every index of them must agree with. */
export const activeTasksOf = (all: readonly Task[]): ActiveTasks => {
  const tasks = all.filter(({ status }) => !isFinal(status))
  const inStatus = (wanted: Task['status']): Task[] => tasks.filter(({ status }) => status === wanted)
  return {
    queued: (claimant, isClosed = () => false) =>
      inStatus('pending')
        .filter((task) => claimantOf(task) === claimant && !isClosed(task))
        .sort(inQueueOrder),
    running: () => inStatus('in_progress'),
    waiting: () => inStatus('waiting'),
    timed: () =>
      tasks
        .filter((task) => wakeMs(task) !== null)
        .sort((a, b) => (wakeMs(a) ?? 0) - (wakeMs(b) ?? 0) || a.number - b.number),
    dependants: (id) => tasks.filter((task) => task.depends_on.includes(id)),
    children: (id) => tasks.filter((task) => task.parent_id === id),
    withPrompt: (prompt) => tasks.filter((task) => task.prompt === prompt),
  }
}
