import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { LiveClient } from '../client/client.ts'
import { useSparkyClient } from './sparky-provider.ts'
import { useLatest } from './use-latest.ts'
import { mayConnect, type Login } from './login.ts'
import {
  WorkflowConnection,
  type WorkflowCallback,
  type WorkflowConnectionState,
} from './workflow-connection.ts'

export interface WorkflowWebSocketOptions {
  /** Which daemon; the provider's if left out. */
  readonly client?: LiveClient | undefined
  /** As whom the session is logged in. */
  readonly userId?: string | undefined
  /** Another token than the client's. Null or empty: nobody is logged in yet, so nothing connects by itself. */
  readonly token?: string | null | undefined
  /** Whether it connects by itself; true if left out. */
  readonly autoConnect?: boolean | undefined
}

/** All functions are always the same ones, so effects may name them as what they depend on. */
export interface UseWorkflowWebSocket extends WorkflowConnectionState {
  readonly connect: () => void
  /** Workflows stay subscribed to: `connect` goes on where it was left. */
  readonly disconnect: () => void
  /** By the id of the workflow's task, or its number. From its first event on, also of those before this call. */
  readonly subscribeToWorkflow: (workflowId: string) => void
  readonly unsubscribeFromWorkflow: (workflowId: string) => void
  /** Each returns what takes the callback back. */
  readonly onNodeUpdate: (callback: WorkflowCallback<'node_update'>) => () => void
  readonly onToolUpdate: (callback: WorkflowCallback<'tool_update'>) => () => void
  readonly onSearchResults: (callback: WorkflowCallback<'search_results'>) => () => void
  readonly onWorkflowStatus: (callback: WorkflowCallback<'workflow_status'>) => () => void
}

/**
 * Follows any number of workflows over one WebSocket, which connects again by itself: no event is missed, none comes
 * twice. It is closed when the component leaves.
 */
export const useWorkflowWebSocket = (options: WorkflowWebSocketOptions = {}): UseWorkflowWebSocket => {
  const { userId, token, autoConnect = true } = options
  const client = useSparkyClient(options.client)
  const login = useLatest({ client, userId, token })
  const [connection] = useState(() => new WorkflowConnection())
  const connectsItself = autoConnect && mayConnect(token)
  // Callbacks and subscriptions outlive a change of who is logged in.
  useEffect(() => {
    if (connectsItself) connection.connect({ client, userId, token })
    return () => connection.disconnect()
  }, [connection, connectsItself, client, userId, token])
  const actions = useMemo(() => actionsOf(connection, login), [connection, login])
  const state = useSyncExternalStore(connection.state.subscribe, connection.state.get, connection.state.get)
  return { ...state, ...actions }
}

const actionsOf = (
  connection: WorkflowConnection,
  login: () => Login,
): Omit<UseWorkflowWebSocket, keyof WorkflowConnectionState> => ({
  connect: () => connection.connect(login()),
  disconnect: () => connection.disconnect(),
  subscribeToWorkflow: (workflowId) => connection.follow(workflowId),
  unsubscribeFromWorkflow: (workflowId) => connection.unfollow(workflowId),
  onNodeUpdate: (callback) => connection.on('node_update', callback),
  onToolUpdate: (callback) => connection.on('tool_update', callback),
  onSearchResults: (callback) => connection.on('search_results', callback),
  onWorkflowStatus: (callback) => connection.on('workflow_status', callback),
})
