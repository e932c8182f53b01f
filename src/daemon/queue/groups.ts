import type { GroupRow } from '../../protocol/api.ts'
import type { StatusCounts } from '../../protocol/daemon-status.ts'
import type { EventDraft } from '../../protocol/event.ts'
import { taskStatuses } from '../../protocol/task.ts'
import type { Store, StoreView } from '../store/store.ts'

type Facts = Pick<StoreView, 'queueFacts'>

/** The groups whose tasks a user keeps from starting. */
export const pausedGroups = (view: Facts): ReadonlySet<string> =>
  new Set(Object.entries(groupFacts(view)).flatMap(([name, { paused }]) => (paused === true ? [name] : [])))

/** The event that pauses a group or lets it go on; none where that is so already. */
export const groupPauseDrafts = (view: Facts, name: string, paused: boolean): EventDraft[] => {
  if (pausedGroups(view).has(name) === paused) return []
  // Facts are folded member by member, so the whole of this one is written each time.
  const others = Object.entries(groupFacts(view)).filter(([other]) => other !== name)
  const groups = Object.fromEntries(paused ? [...others, [name, { paused }]] : others)
  return [{ task_id: null, type: 'queue_changed', data: { groups } }]
}

/** Every group that is configured, paused or has tasks, and the one that tasks are in which name none; by name. */
export const groupRows = (
  store: Facts & Pick<Store, 'groupCounts'>,
  concurrency: Readonly<Record<string, number>>,
): GroupRow[] => {
  const counts = store.groupCounts()
  const paused = pausedGroups(store)
  const names = new Set([defaultGroup, ...Object.keys(concurrency), ...paused, ...counts.keys()])
  return [...names].sort().map((name) => ({
    name,
    concurrency: (Object.hasOwn(concurrency, name) ? concurrency[name] : undefined) ?? null,
    paused: paused.has(name),
    tasks: counts.get(name) ?? noTasks,
  }))
}

/** A group of which nothing is known but its name. */
export const emptyGroup = (name: string): GroupRow => ({
  name,
  concurrency: null,
  paused: false,
  tasks: noTasks,
})

export const defaultGroup = 'default'

const noTasks = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as StatusCounts

const groupFacts = (view: Facts): Readonly<Record<string, { readonly paused?: boolean }>> =>
  (view.queueFacts()['groups'] ?? {}) as Record<string, { paused?: boolean }>
