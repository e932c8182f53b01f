import type { EventDraft, StoredEvent } from '../../protocol/event.ts'
import type { Task } from '../../protocol/task.ts'
import type { Store } from '../store/store.ts'

/**
 * Results for the calls that a daemon which is gone had started and not finished: they never come back, so whoever
 * ends the task for good before it is taken up again owes them one.
 */
export const lostCallDrafts = async (task: Task, store: Pick<Store, 'events'>): Promise<EventDraft[]> => {
  const open = new Map<string, Extract<StoredEvent, { type: 'tool_use' }>>()
  for await (const events of store.events({ taskId: task.id, after: task.first_seq })) {
    for (const event of events) {
      if (event.type === 'tool_use') open.set(event.data.call_id, event)
      if (event.type === 'tool_result') open.delete(event.data.call_id)
    }
  }
  return [...open.values()].map(({ task_id, attempt, step, data: { call_id, name } }) => {
    const result = 'The daemon ended while this ran; its outcome is unknown.'
    return {
      task_id,
      attempt,
      step,
      type: 'tool_result',
      data: {
        call_id,
        name,
        status: 'interrupted',
        result,
        duration_ms: 0,
        truncated: false,
        bytes: Buffer.byteLength(result),
      },
    }
  })
}
