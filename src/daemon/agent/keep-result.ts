import type { Task } from '../../protocol/task.ts'
import type { Store } from '../store/store.ts'
import { logFieldsOf, type AgentLog } from './log.ts'

/** Keeps whole results of a task's calls, which are too long for their events. Never rejects. */
export const resultKeeper =
  (task: Task, { store, log }: { readonly store: Pick<Store, 'keepResult'>; readonly log: AgentLog }) =>
  async (callId: string, text: string): Promise<void> => {
    try {
      await store.keepResult(task.id, callId, text)
    } catch (error) {
      // The event still has head and tail.
      log.warn({ error, ...logFieldsOf(task) }, 'A whole result could not be kept')
    }
  }
