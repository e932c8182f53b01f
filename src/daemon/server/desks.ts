import type { Agent, FileProblem } from '../../protocol/agent.ts'
import type { ApiParams, ApiResult } from '../../protocol/api.ts'
import type { Conversation } from '../../protocol/conversation.ts'
import type { Task } from '../../protocol/task.ts'
import type { WorkflowRow } from '../../protocol/workflow.ts'

/** What the server asks of rooms that it does not know: each method answers the endpoint of its name. */

interface AgentDesk {
  /** With the project that this folder is in; without a folder, those that are everywhere. */
  list(cwd?: string): { agents: Agent[]; problems: FileProblem[] }
  /** Throws `not_found`, or `usage` where its file is wrong. */
  show(name: string, cwd?: string): Agent
}

/** References are ids, unique prefixes of them, or `last`; each throws `not_found` for one that there is not. */
interface ConversationDesk {
  list(query: ApiParams<'listConversations'>): Promise<Conversation[]>
  show(ref: string): Promise<ApiResult<'showConversation'>>
  rename(ref: string, title: string): Promise<Conversation>
  /** Throws `conflict` while a turn is under way. */
  remove(ref: string): Promise<Conversation>
  /** As Markdown. */
  export(ref: string): Promise<string>
  /** Starts the conversation where there is none of this id. */
  send(params: ApiParams<'sendMessage'>): Promise<Task>
  /**
   * Ids of its turns and of what they have delegated, as of each look. Empty where there is none of this id, and before
   * `ready` has resolved.
   */
  taskIds(id: string): ReadonlySet<string>
  /** Resolves when it is known which task belongs to which conversation, as it will be from then on. */
  readonly ready: Promise<void>
}

export interface WorkflowDesk {
  list(cwd?: string): Promise<{ workflows: WorkflowRow[]; problems: FileProblem[] }>
  show(name: string, cwd?: string): Promise<WorkflowRow>
  /** Throws `not_found`, and `search_not_configured` where the workflow needs what is not configured. */
  run(params: ApiParams<'runWorkflow'>): Promise<Task>
}

export interface Desks {
  readonly agents: AgentDesk
  readonly conversations: ConversationDesk
  readonly workflows: WorkflowDesk
}
