import type { StoredEvent } from '../../../protocol/event.ts'

/**
 * What stands at the `seq` of an event whose task was removed: that there was one, and when, and nothing of it. So
 * readers see every number, and no content that somebody wanted gone. The number of a task stays known to the store.
 */
export const tombstoneOf = (event: StoredEvent): StoredEvent => {
  const { v, seq, ts } = event
  const number = numberTold(event)
  return {
    v,
    seq,
    ts,
    task_id: null,
    attempt: null,
    step: null,
    type: 'removed',
    data: {},
    ...(number === 0 ? {} : { private: { number } }),
  }
}

/** The number of a task that this event tells of, so that it is never given again; 0 where it tells of none. */
export const numberTold = ({ type, data, private: hidden }: StoredEvent): number => {
  if (type === 'task_added') return data.task.number
  const { number } = (hidden ?? {}) as { readonly number?: unknown }
  return type === 'removed' && typeof number === 'number' ? number : 0
}
