import type { EventOf } from '../../../../protocol/event.ts'
import { SparkyError } from '../../../../protocol/failure.ts'
import type { Store } from '../../../store/store.ts'
import type { ServerRoom } from '../../room.ts'
import type { Handlers } from './handlers.ts'

/** Whole results of tool calls: kept beside the log where they are large, else the event's own. */
export const resultHandlers = ({ store }: ServerRoom): Pick<Handlers, 'toolResult'> => ({
  toolResult: async ({ id, call_id }) => {
    const task = store.resolve(id)
    const kept = await store.result(task.id, call_id)
    if (kept !== undefined) {
      const truncated = kept.bytes > Buffer.byteLength(kept.text)
      return { call_id, result: kept.text, bytes: kept.bytes, truncated }
    }
    const event = await findResult(store, { taskId: task.id, callId: call_id })
    if (event === undefined) {
      throw new SparkyError('not_found', `task ${task.number} has no result of a call "${call_id}"`)
    }
    const { result, bytes, truncated } = event.data
    return { call_id, result: typeof result === 'string' ? result : JSON.stringify(result), bytes, truncated }
  },
})

const findResult = async (
  store: Store,
  { taskId, callId }: { taskId: string; callId: string },
): Promise<EventOf<'tool_result'> | undefined> => {
  const types = new Set(['tool_result'] as const)
  for await (const events of store.events({ after: 0, taskId, types })) {
    for (const event of events) {
      if (event.type === 'tool_result' && event.data.call_id === callId) return event
    }
  }
  return undefined
}
