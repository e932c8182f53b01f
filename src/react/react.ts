/**
 * Hooks for React, in a terminal (Ink) and on a page: what `sparky-agent/react` exports. They are built on the
 * library (`sparky-agent/client`) and on nothing else.
 */
export { SparkyProvider } from './sparky-provider.ts'
export { useAgentTask, type AgentTaskOptions, type UseAgentTask } from './use-agent-task.ts'
export { useTasks, type TasksOptions } from './use-tasks.ts'
export {
  useUnifiedAgentChat,
  type UnifiedAgentChatOptions,
  type UseUnifiedAgentChat,
} from './use-unified-agent-chat.ts'
export {
  useWorkflowWebSocket,
  type UseWorkflowWebSocket,
  type WorkflowWebSocketOptions,
} from './use-workflow-web-socket.ts'
export type { AgentTaskCallbacks, AgentTaskState } from './agent-task.ts'
export type { ActiveAgent, ChatMessage } from './conversations.ts'
export type { TaskListState } from './task-list.ts'
export type { TaskFilter } from './task-window.ts'
export type { WorkflowCallback, WorkflowConnectionState, WorkflowEventType } from './workflow-connection.ts'
