import type { Session } from '../../client/session.ts'
import type { Agent } from '../../protocol/agent.ts'
import type { ApiResult } from '../../protocol/api.ts'
import type { Conversation } from '../../protocol/conversation.ts'
import type { WatchSource } from '../watch-source.ts'

/** One lasting connection both ways. */
export type ChatSession = Pick<Session, 'state' | 'on' | 'subscribe' | 'send' | 'close'>

export type ShownConversation = ApiResult<'showConversation'>
export type Approval = ApiResult<'listApprovals'>['approvals'][number]

/**
 * All that the chat needs of a daemon, beside what the screens of `watch` do. Every call may reject with a
 * `SparkyError`; the chat shows its message and stays.
 */
export interface ChatSource extends WatchSource {
  openSession(): ChatSession
  listAgents(): Promise<readonly Agent[]>
  /** How many tokens a prompt may have, as the user has configured it; null: what the model takes. */
  contextTokens(): Promise<number | null>
  /** Of this user, newest first. */
  listConversations(limit: number): Promise<readonly Conversation[]>
  /** By id, a unique prefix of one, or `last`. */
  showConversation(ref: string): Promise<ShownConversation>
  renameConversation(id: string, title: string): Promise<Conversation>
  /** As Markdown. */
  exportConversation(id: string): Promise<string>
  listApprovals(): Promise<readonly Approval[]>
  answerApproval(id: string, decision: 'approve' | 'deny', reason?: string): Promise<void>
}
