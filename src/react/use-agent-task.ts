import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { LiveClient } from '../client/client.ts'
import type { TaskRequest } from '../client/submit-task.ts'
import type { Task } from '../protocol/task.ts'
import { AgentTask, type AgentTaskCallbacks, type AgentTaskState } from './agent-task.ts'
import { useSparkyClient } from './sparky-provider.ts'
import { useLatest } from './use-latest.ts'

export interface AgentTaskOptions extends AgentTaskCallbacks {
  /** Which daemon; the provider's if left out. */
  readonly client?: LiveClient | undefined
  /** Kept with each task as the label `enterprise_id`, by which its tasks are found again. */
  readonly enterpriseId?: string | undefined
}

export interface UseAgentTask extends AgentTaskState {
  /**
   * Adds a task and follows it. Resolves with the task when it has ended, however it ended, and with null where it
   * was not accepted, or the component has left before. Never rejects, so a handler may await it as it is: what went wrong is
   * in `error` and goes to `onError`. Always the same function.
   */
  readonly submitTask: (request: TaskRequest | string) => Promise<Task | null>
}

/**
 * Adds tasks and shows the one that was added last as it goes. When the component leaves, it is followed no more,
 * and goes on. The callbacks of the latest render are called, each once for a task.
 */
export const useAgentTask = (options: AgentTaskOptions = {}): UseAgentTask => {
  const client = useLatest(useSparkyClient(options.client))
  const latest = useLatest(options)
  const [agentTask] = useState(() => new AgentTask({ client, callbacks: latest }))
  useEffect(() => {
    agentTask.start()
    return () => agentTask.stop()
  }, [agentTask])
  const submitTask = useCallback(
    (request: TaskRequest | string) => {
      const { enterpriseId } = latest()
      const task = typeof request === 'string' ? { prompt: request } : request
      return agentTask.submit(
        enterpriseId === undefined
          ? task
          : { ...task, labels: { enterprise_id: enterpriseId, ...task.labels } },
      )
    },
    [agentTask, latest],
  )
  const state = useSyncExternalStore(agentTask.state.subscribe, agentTask.state.get, agentTask.state.get)
  return { ...state, submitTask }
}
