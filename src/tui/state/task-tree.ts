import { delegatedBy } from '../../protocol/delegated.ts'
import type { Task } from '../../protocol/task.ts'
import type { WatchState } from './watch-state.ts'

/** No tree of tasks is deeper: so far may what was delegated be delegated. */
const maxDepth = 8

/** The same tasks in the same order, but that what was delegated stands below the one that has, oldest first, while that is there. */
export const inTreeOrder = (sorted: readonly Task[]): readonly Task[] => {
  const parts = sorted.filter((task) => delegatedBy(task) !== null)
  if (parts.length === 0) return sorted
  const there = new Set(sorted.map(({ id }) => id))
  const below = new Map<string, Task[]>()
  const moved = new Set<string>()
  for (const part of parts.toSorted((a, b) => a.number - b.number)) {
    const parentId = delegatedBy(part)?.parentId ?? ''
    if (!there.has(parentId) || parentId === part.id) continue
    below.set(parentId, [...(below.get(parentId) ?? []), part])
    moved.add(part.id)
  }
  const ordered: Task[] = []
  const put = (task: Task, depth: number): void => {
    ordered.push(task)
    if (depth < maxDepth) for (const part of below.get(task.id) ?? []) put(part, depth + 1)
  }
  for (const task of sorted) if (!moved.has(task.id)) put(task, 0)
  // What is in a circle, as no daemon of ours makes it, would be in no tree.
  return ordered.length === sorted.length ? ordered : sorted
}

/** How far a task is below the uppermost of its tree that is there. */
export const depthOf = ({ tasks }: Pick<WatchState, 'tasks'>, task: Task): number => {
  let depth = 0
  for (let parent = parentOf({ tasks }, task); parent !== null && depth < maxDepth; depth++)
    parent = parentOf({ tasks }, parent)
  return depth
}

/** The task that has delegated this one; null where none has, or it is not there. */
export const parentOf = ({ tasks }: Pick<WatchState, 'tasks'>, task: Task): Task | null => {
  const by = delegatedBy(task)
  return by === null ? null : (tasks.get(by.parentId) ?? null)
}

/** What a call of this task has delegated; null where that is not there. */
export const delegatedTask = (
  { tasks }: Pick<WatchState, 'tasks'>,
  taskId: string,
  callId: string,
): Task | null =>
  partsOf(tasks)
    .get(taskId)
    ?.find((task) => delegatedBy(task)?.callId === callId) ?? null

/** What this task has delegated last; null where there is nothing. */
export const lastDelegated = ({ tasks }: Pick<WatchState, 'tasks'>, taskId: string): Task | null =>
  partsOf(tasks)
    .get(taskId)
    ?.reduce((last, task) => (task.number > last.number ? task : last)) ?? null

const known = new WeakMap<WatchState['tasks'], ReadonlyMap<string, readonly Task[]>>()

/** By the id of the one that has delegated them; worked out only where somebody looks. */
const partsOf = (tasks: WatchState['tasks']): ReadonlyMap<string, readonly Task[]> => {
  const parts = known.get(tasks)
  if (parts !== undefined) return parts
  const found = new Map<string, Task[]>()
  for (const task of tasks.values()) {
    const by = delegatedBy(task)
    if (by === null) continue
    const siblings = found.get(by.parentId)
    if (siblings === undefined) found.set(by.parentId, [task])
    else siblings.push(task)
  }
  known.set(tasks, found)
  return found
}
