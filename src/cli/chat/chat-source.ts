import { openFeed } from '../../client/live-feed.ts'
import { openNodeSocket } from '../../client/node-socket.ts'
import { DaemonClient } from '../../client/daemon-client.ts'
import { Session } from '../../client/session.ts'
import { version } from '../../protocol/version.ts'
import type { Context } from '../context.ts'
import { watchSource } from '../watch-source.ts'

/** The daemon as the chat sees it. */
export const chatSource = (context: Context, userId: string, cwd: string) => {
  const { env } = context.shell
  const client = context.daemon.look()
  return {
    ...watchSource(context, openFeed),
    // A client of its own: its address is forgotten whenever the connection is lost.
    openSession: () =>
      new Session(
        { api: new DaemonClient({ env }), openSocket: openNodeSocket },
        { userId, client: `sparky-chat/${version}` },
      ),
    listAgents: async () => (await client.call('listAgents', { cwd })).agents,
    contextTokens: async () => {
      const { value } = await client.call('showConfig', { key: 'chat.context_tokens' })
      return typeof value === 'number' ? value : null
    },
    listConversations: async (limit: number) =>
      (await client.call('listConversations', { user_id: userId, limit })).conversations,
    showConversation: (ref: string) => client.call('showConversation', { conversation_id: ref }),
    renameConversation: (id: string, title: string) =>
      client.call('renameConversation', { conversation_id: id, title }),
    exportConversation: (id: string) => client.call('exportConversation', { conversation_id: id }),
    listApprovals: async () => (await client.call('listApprovals', {})).approvals,
    answerApproval: async (id: string, decision: 'approve' | 'deny', reason?: string) => {
      await client.call('answerApproval', {
        approval_id: id,
        decision,
        ...(reason !== undefined && { reason }),
      })
    },
  }
}
