import type { StoredEvent } from '../../../protocol/event.ts'

/**
 * What stands at the `seq` of an event whose task was removed: that there was one, and when, and nothing of it. So
 * readers see every number, and no content that somebody wanted gone.
 */
export const tombstoneOf = ({ v, seq, ts }: StoredEvent): StoredEvent => ({
  v,
  seq,
  ts,
  task_id: null,
  attempt: null,
  step: null,
  type: 'removed',
  data: {},
})
