import type { EventDraft, StoredEvent } from '../../protocol/event.ts'
import type { Task } from '../../protocol/task.ts'
import { claimantOf } from '../store/active-tasks.ts'
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

/**
 * The same for all that a task has delegated and that ends with it, without having been taken up again: by tasks that it
 * has delegated, and these in their turn.
 */
export const lostPartDrafts = async (
  { id }: Pick<Task, 'id'>,
  store: Pick<Store, 'events' | 'children'>,
): Promise<EventDraft[]> => {
  const parts = store
    .children(id)
    .filter((child) => claimantOf(child) === 'parent' && child.status !== 'in_progress')
  const drafts: EventDraft[] = []
  for (const part of parts) {
    drafts.push(...(await lostCallDrafts(part, store)), ...(await lostPartDrafts(part, store)))
  }
  return drafts
}
