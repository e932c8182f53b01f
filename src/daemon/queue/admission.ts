import type { Why } from '../../protocol/api.ts'
import { isFinal, type Task } from '../../protocol/task.ts'
import type { ActiveTasks } from '../store/active-tasks.ts'

/** What admission depends on beside the tasks themselves. */
export interface AdmissionSettings {
  readonly loopOn: boolean
  readonly paused: boolean
  /** Attempts at a time over all groups. */
  readonly concurrency: number
  /** Attempts at a time of one group; a group that is not named has no limit of its own. */
  readonly groupConcurrency: Readonly<Record<string, number>>
}

export interface QueueState {
  readonly tasks: Pick<ActiveTasks, 'queued' | 'running' | 'waiting'>
  /** Any task by its id; undefined where it was removed. */
  readonly find: (id: string) => Task | undefined
  readonly settings: AdmissionSettings
  readonly now: Date
}

type Reason = Why['reasons'][number]

interface Occupancy {
  readonly running: readonly Task[]
  /** Lock -> the task that holds it. A waiting task gives its slot back but keeps its locks. */
  readonly locks: ReadonlyMap<string, Task>
}

/**
 * Every reason that this task is not running, each with a stable code; empty for a task that runs or may start
 * now. `nextTask` asks the same predicates, so the answer cannot disagree with what happens.
 */
export const reasonsAgainst = (task: Task, state: QueueState): Reason[] => {
  if (task.status === 'in_progress') return []
  if (isFinal(task.status)) return [{ code: task.status, message: `it is ${task.status}, which is final` }]
  return [...queueReasons(state.settings), ...taskReasons(task, state, occupancyOf(state.tasks))]
}

/** Which task is next: the first, in the order of the queue, that nothing speaks against. */
export const nextTask = (state: QueueState): Task | undefined => {
  if (queueReasons(state.settings).length > 0) return undefined
  const occupancy = occupancyOf(state.tasks)
  if (occupancy.running.length >= state.settings.concurrency) return undefined
  for (const task of state.tasks.queued()) {
    if (taskReasons(task, state, occupancy).length === 0) return task
  }
  return undefined
}

/** The status of a task that has not started, from what it waits for. */
export const waitingStatus = (
  task: Task,
  state: Pick<QueueState, 'find' | 'now'>,
): 'pending' | 'blocked' | 'scheduled' => {
  if (unfinishedDependencies(task, state.find).length > 0) return 'blocked'
  return isInFuture(task, state.now) ? 'scheduled' : 'pending'
}

const queueReasons = ({ loopOn, paused }: AdmissionSettings): Reason[] => [
  ...(loopOn
    ? []
    : [{ code: 'loop_off', message: 'the agent loop is off; "sparky agent start" switches it on' }]),
  ...(paused
    ? [{ code: 'daemon_paused', message: 'the queue is paused; "sparky agent resume" goes on' }]
    : []),
]

const taskReasons = (task: Task, state: QueueState, occupancy: Occupancy): Reason[] => [
  ...pauseReasons(task),
  ...waitReasons(task, state),
  ...slotReasons(task, state.settings, occupancy),
]

const pauseReasons = (task: Task): Reason[] =>
  task.status === 'paused'
    ? [{ code: 'paused', message: `the task is paused; "sparky agent tasks resume ${task.number}" goes on` }]
    : []

const waitReasons = (task: Task, { find, now }: QueueState): Reason[] => {
  const reasons = unfinishedDependencies(task, find).map((dependency) => ({
    code: 'dependency',
    message: `it waits for task ${dependency.number}, which is ${dependency.status}`,
  }))
  if (isInFuture(task, now))
    reasons.push({ code: 'schedule', message: `it is not to start before ${task.not_before}` })
  if (task.status === 'waiting' && task.waiting_for !== null) {
    const { kind, until } = task.waiting_for
    reasons.push({
      code: kind,
      message: `it waits for: ${kind.replace('_', ' ')}${until === null ? '' : `, until ${until}`}`,
    })
  }
  return reasons
}

const slotReasons = (task: Task, settings: AdmissionSettings, { running, locks }: Occupancy): Reason[] => {
  const reasons: Reason[] = []
  if (running.length >= settings.concurrency) {
    reasons.push({
      code: 'slot',
      message: `all ${settings.concurrency} slots are taken, by ${numbersOf(running)}`,
    })
  }
  const groupLimit = settings.groupConcurrency[task.group]
  const inGroup = groupLimit === undefined ? [] : running.filter(({ group }) => group === task.group)
  if (groupLimit !== undefined && inGroup.length >= groupLimit) {
    reasons.push({
      code: 'group',
      message: `group ${task.group} runs at most ${groupLimit} at a time: ${numbersOf(inGroup)}`,
    })
  }
  for (const lock of task.locks) {
    const holder = locks.get(lock)
    if (holder !== undefined && holder.id !== task.id) {
      reasons.push({ code: 'lock', message: `lock ${lock} is held by task ${holder.number}` })
    }
  }
  return reasons
}

const occupancyOf = (tasks: QueueState['tasks']): Occupancy => {
  const running = tasks.running()
  const holders = [...running, ...tasks.waiting()]
  return {
    running,
    locks: new Map(holders.flatMap((task) => task.locks.map((lock) => [lock, task] as const))),
  }
}

const unfinishedDependencies = (task: Task, find: QueueState['find']): Task[] =>
  task.depends_on.flatMap((id) => {
    const dependency = find(id)
    return dependency === undefined || dependency.status === 'completed' ? [] : [dependency]
  })

const isInFuture = (task: Task, now: Date): boolean =>
  task.not_before !== null && Date.parse(task.not_before) > now.getTime()

const numbersOf = (tasks: readonly Task[]): string => tasks.map(({ number }) => number).join(', ')
