import type { Why } from '../../protocol/api.ts'
import { isFinal, type Task } from '../../protocol/task.ts'
import { claimantOf, type ActiveTasks, type Claimant } from '../store/active-tasks.ts'
import { openDependencies } from './dependencies.ts'
import { isBlocked, isInTheWay, obstacles, type Admission } from './obstacles.ts'

/** What admission depends on beside the tasks themselves. */
interface AdmissionSettings {
  readonly loopOn: boolean
  readonly paused: boolean
  /** Attempts at a time over all groups. */
  readonly concurrency: number
  /** Attempts at a time of one group; a group that is not named has no limit of its own. */
  readonly groupConcurrency: Readonly<Record<string, number>>
  /** Groups whose tasks a user keeps from starting. */
  readonly pausedGroups: ReadonlySet<string>
  /** Why nothing more may be used today, of the budget of all tasks (null) or of the own one of a group; else null. */
  readonly overBudget: (group: string | null) => string | null
}

export interface QueueState {
  readonly tasks: Pick<ActiveTasks, 'queued' | 'running' | 'waiting'>
  /** Any task by its id; undefined where it was removed. */
  readonly find: (id: string) => Task | undefined
  readonly settings: AdmissionSettings
  readonly now: Date
}

/**
 * Every reason that this task is not running, each with a stable code; empty for a task that runs or may start
 * now. `nextTask` asks the same obstacles, so the answer cannot disagree with what happens.
 */
export const reasonsAgainst = (task: Task, state: QueueState): Why['reasons'] => {
  if (task.status === 'in_progress') return []
  if (isFinal(task.status)) return [{ code: task.status, message: `it is ${task.status}, which is final` }]
  const admission = admissionOf(state)
  return obstacles
    .filter((obstacle) => isInTheWay(obstacle, task, admission))
    .flatMap(({ reasons }) => reasons(task, admission))
}

/** Which task of this claimant is next: the first, in the order of the queue, that nothing stands in the way of. */
export const nextTask = (
  state: QueueState,
  claimant: Exclude<Claimant, 'parent'> = 'loop',
): Task | undefined => {
  const admission = admissionOf(state)
  const isClosed = (task: Task): boolean => isBlocked('lane', task, admission)
  for (const task of state.tasks.queued(claimant, isClosed)) {
    if (isBlocked('queue', task, admission)) return undefined
    // A lane is judged by a task that may have been claimed in this very batch, and holds its lock by now.
    if (!isClosed(task) && !isBlocked('task', task, admission)) return task
  }
  return undefined
}

/** The status of a task that has not started, from what it waits for. */
export const waitingStatus = (
  task: Task,
  { find, now }: Pick<QueueState, 'find' | 'now'>,
): 'pending' | 'blocked' | 'scheduled' => {
  if (openDependencies(task, find).length > 0) return 'blocked'
  return task.not_before !== null && Date.parse(task.not_before) > now.getTime() ? 'scheduled' : 'pending'
}

/** Puts together only what is asked for: there is a look after every add, and most end at a queue that is full. */
const admissionOf = ({ tasks, find, settings, now }: QueueState): Admission => {
  const underWay = tasks.running()
  const running = underWay.filter((task) => claimantOf(task) === 'loop')
  let runningIn: ReadonlyMap<string, readonly Task[]> | undefined
  let locks: ReadonlyMap<string, Task> | undefined
  let turns: ReadonlyMap<string, Task> | undefined
  return {
    find,
    settings,
    now,
    running,
    get runningIn() {
      return (runningIn ??= groupsOf(running))
    },
    get locks() {
      return (locks ??= holdersOf([...underWay, ...tasks.waiting()]))
    },
    get turns() {
      return (turns ??= oldestTurns(tasks.queued('chat')))
    },
  }
}

const groupsOf = (running: readonly Task[]): ReadonlyMap<string, readonly Task[]> => {
  const groups = new Map<string, Task[]>()
  for (const task of running) groups.set(task.group, [...(groups.get(task.group) ?? []), task])
  return groups
}

const holdersOf = (tasks: readonly Task[]): ReadonlyMap<string, Task> =>
  new Map(tasks.flatMap((task) => task.locks.map((lock) => [lock, task] as const)))

const oldestTurns = (tasks: Iterable<Task>): ReadonlyMap<string, Task> => {
  const turns = new Map<string, Task>()
  for (const task of tasks) {
    const { conversation_id, number } = task
    if (conversation_id === null) continue
    const other = turns.get(conversation_id)
    if (other === undefined || number < other.number) turns.set(conversation_id, task)
  }
  return turns
}
