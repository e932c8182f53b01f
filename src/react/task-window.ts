import type { Event } from '../protocol/event.ts'
import { applyEvent } from '../protocol/fold.ts'
import type { TaskStatus } from '../protocol/status.ts'
import type { Task } from '../protocol/task.ts'

/** Which tasks a list shows; the newest `limit` of them. */
export interface TaskFilter {
  readonly status?: TaskStatus | readonly TaskStatus[] | undefined
  readonly group?: string | undefined
  /** All of these. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** 50 if left out, 500 at most. */
  readonly limit?: number | undefined
}

/** The newest tasks that a filter lets through, newest first. */
export interface TaskWindow {
  readonly tasks: readonly Task[]
  /** Whether there are older ones beyond it. */
  readonly hasMore: boolean
  /**
   * Whether only the daemon knows what belongs in it: a task that is not in it may have come to fit, or one that has
   * left it made room for an older one.
   */
  readonly isStale: boolean
}

export const emptyWindow: TaskWindow = { tasks: [], hasMore: false, isStale: true }

export const limitOf = ({ limit = 50 }: TaskFilter): number => Math.min(Math.max(1, Math.trunc(limit)), 500)

/** What the daemon said of the tasks at some moment; what is known by now of one of them is kept where it is newer. */
export const withPage = (
  { tasks: known }: TaskWindow,
  page: { readonly tasks: readonly Task[]; readonly next_cursor: string | null },
): TaskWindow => {
  const byId = new Map(known.map((task) => [task.id, task]))
  const tasks = page.tasks.map((task) => {
    const mine = byId.get(task.id)
    return mine !== undefined && mine.last_seq > task.last_seq ? mine : task
  })
  return { tasks, hasMore: page.next_cursor !== null, isStale: false }
}

/** The window after one more event. Pure; the same window where nothing in it has changed. */
export const afterEvent = (window: TaskWindow, event: Event, filter: TaskFilter): TaskWindow => {
  if (event.task_id === null) return window
  const index = window.tasks.findIndex(({ id }) => id === event.task_id)
  const before = window.tasks[index]
  if (before === undefined) return afterStrangersEvent(window, event, filter)
  const task = event.type === 'removed' ? undefined : applyEvent(before, event)
  if (task === before) return window
  if (task !== undefined && fits(task, filter)) return { ...window, tasks: window.tasks.with(index, task) }
  return { ...window, tasks: window.tasks.toSpliced(index, 1), isStale: window.isStale || window.hasMore }
}

const afterStrangersEvent = (window: TaskWindow, event: Event, filter: TaskFilter): TaskWindow => {
  if (event.type !== 'task_added') {
    const mayFitNow = event.type === 'status' || event.type === 'task_updated'
    return mayFitNow && isNarrow(filter) && !window.isStale ? { ...window, isStale: true } : window
  }
  const task = applyEvent(undefined, event)
  if (task === undefined || !fits(task, filter)) return window
  const tasks = insert(window.tasks, task)
  const limit = limitOf(filter)
  return { ...window, tasks: tasks.slice(0, limit), hasMore: window.hasMore || tasks.length > limit }
}

/** Whether a task that does not fit now may fit later. */
const isNarrow = ({ status, group, labels }: TaskFilter): boolean =>
  status !== undefined || group !== undefined || labels !== undefined

const fits = (task: Task, { status, group, labels = {} }: TaskFilter): boolean =>
  (status === undefined || [status].flat().includes(task.status)) &&
  (group === undefined || task.group === group) &&
  Object.entries(labels).every(([name, value]) => task.labels[name] === value)

/** Newest first: by number, which grows with every task. */
const insert = (tasks: readonly Task[], task: Task): readonly Task[] => {
  const at = tasks.findIndex(({ number }) => number < task.number)
  return at === -1 ? [...tasks, task] : tasks.toSpliced(at, 0, task)
}
