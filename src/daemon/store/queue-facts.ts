import type { StoredEvent } from '../../protocol/event.ts'

export type QueueFacts = Readonly<Record<string, unknown>>
type NamedFacts = Readonly<Record<string, QueueFacts>>

/**
 * The facts about no task after one more event: later members win. A `schedule` is one of many: it is folded into
 * the one of its name below `schedules`, together with the event's private members, and goes with `removed: true`.
 * What is said of a `conversation` is for those who follow the events: there may be any number of them.
 */
export const foldFacts = (
  facts: QueueFacts,
  event: Pick<StoredEvent, 'type' | 'data' | 'private'>,
): QueueFacts => {
  if (event.type !== 'queue_changed') return facts
  const { schedule, conversation: _, ...others } = event.data as QueueFacts
  if (schedule === undefined) return { ...facts, ...others }
  const { name, ...change } = schedule as QueueFacts & { readonly name: string }
  const schedules =
    change['removed'] === true
      ? without(schedulesIn(facts), name)
      : withChange(schedulesIn(facts), { name, ...change, ...(event.private as object | undefined) })
  return { ...facts, ...others, schedules }
}

/** Every schedule by its name, as it was written. */
export const schedulesIn = (facts: QueueFacts): NamedFacts =>
  (facts['schedules'] as NamedFacts | undefined) ?? {}

/** The highest number that a task may have had which a repair could not bring back: none at or below it is given again. */
export const burntNumber = (facts: QueueFacts): number =>
  typeof facts['last_number'] === 'number' ? facts['last_number'] : 0

const withChange = (all: NamedFacts, change: QueueFacts & { readonly name: string }): NamedFacts => {
  const before = Object.hasOwn(all, change.name) ? all[change.name] : undefined
  return { ...all, [change.name]: { ...before, ...change } }
}

const without = (all: NamedFacts, name: string): NamedFacts => {
  const { [name]: _, ...rest } = all
  return rest
}
