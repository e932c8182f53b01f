import type { EventDraft } from '../../protocol/event.ts'
import type { StoreView } from '../store/store.ts'

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

const groupFacts = (view: Facts): Readonly<Record<string, { readonly paused?: boolean }>> =>
  (view.queueFacts()['groups'] ?? {}) as Record<string, { paused?: boolean }>
