import { isFinal, type Task } from '../../protocol/task.ts'
import type { TaskSettings } from '../../protocol/new-task.ts'
import type { StoreView } from '../store/store.ts'

type Find = (id: string) => Task | undefined

/** Those that this task still waits for. What has started once waits for nothing, whatever becomes of the others. */
export const openDependencies = (task: Task, find: Find): Task[] => {
  if (task.started_at !== null || task.depends_on.length === 0) return []
  const endedIsEnough = new Set(task.depends_on_any)
  return task.depends_on.flatMap((id) => {
    const dependency = find(id)
    return dependency === undefined || isDone(dependency, endedIsEnough.has(id)) ? [] : [dependency]
  })
}

/** The first dependency that had to complete and no longer can; undefined where there is none. */
export const brokenDependency = (task: Task, find: Find): Task | undefined => {
  const endedIsEnough = new Set(task.depends_on_any)
  return task.depends_on
    .filter((id) => !endedIsEnough.has(id))
    .map(find)
    .find(
      (dependency) => dependency !== undefined && isFinal(dependency.status) && !isDone(dependency, false),
    )
}

/**
 * What a request makes of a task's dependencies: what it names takes the place of what was. One that is named both
 * ways has to complete. Throws `not_found` for a task that is not there.
 */
export const dependenciesOf = (
  view: Pick<StoreView, 'resolve'>,
  { after, afterAny }: Pick<TaskSettings, 'after' | 'afterAny'>,
  now: Dependencies = noDependencies,
): Dependencies => {
  if (after === undefined && afterAny === undefined) return now
  const idsOf = (refs: readonly string[]): string[] => refs.map((ref) => view.resolve(ref).id)
  const mustComplete = new Set(
    after === undefined ? now.depends_on.filter((id) => !now.depends_on_any.includes(id)) : idsOf(after),
  )
  const mustEnd = new Set(afterAny === undefined ? now.depends_on_any : idsOf(afterAny))
  return {
    depends_on: [...new Set([...mustComplete, ...mustEnd])],
    depends_on_any: [...mustEnd].filter((id) => !mustComplete.has(id)),
  }
}

type Dependencies = Pick<Task, 'depends_on' | 'depends_on_any'>

/** What most tasks have: they share it, since no task is ever changed in place. */
const noDependencies: Dependencies = { depends_on: [], depends_on_any: [] }

/** Whether the task with the id `id` is the one with the id `target`, or waits for it over any number of steps. */
export const waitsFor = (view: Pick<StoreView, 'task'>, id: string, target: string): boolean => {
  const seen = new Set<string>()
  const open = [id]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === target) return true
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(view.task(next)?.depends_on ?? []))
  }
  return false
}

const isDone = ({ status }: Task, endedIsEnough: boolean): boolean =>
  status === 'completed' || (endedIsEnough && isFinal(status))
