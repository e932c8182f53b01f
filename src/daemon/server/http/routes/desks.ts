import { Reply } from '../reply.ts'
import type { ServerRoom } from '../../room.ts'
import type { Handlers } from './handlers.ts'

type DeskRoute =
  | 'listAgents'
  | 'showAgent'
  | 'listConversations'
  | 'showConversation'
  | 'renameConversation'
  | 'removeConversation'
  | 'exportConversation'
  | 'sendMessage'
  | 'listWorkflows'
  | 'showWorkflow'
  | 'runWorkflow'

/** Agents, conversations, workflows: what rooms of the daemon answer that the server does not know. */
export const deskHandlers = ({
  desks: { agents, conversations, workflows },
}: ServerRoom): Pick<Handlers, DeskRoute> => ({
  listAgents: ({ cwd }) => agents.list(cwd),
  showAgent: ({ name, cwd }) => agents.show(name, cwd),
  listConversations: async (query) => ({ conversations: await conversations.list(query) }),
  showConversation: ({ conversation_id }) => conversations.show(conversation_id),
  renameConversation: ({ conversation_id, title }) => conversations.rename(conversation_id, title),
  removeConversation: ({ conversation_id }) => conversations.remove(conversation_id),
  exportConversation: async ({ conversation_id }) => {
    const markdown = await conversations.export(conversation_id)
    return new Reply((response) => {
      response.writeHead(200, { 'content-type': 'text/markdown; charset=utf-8', 'cache-control': 'no-store' })
      response.end(markdown)
    })
  },
  sendMessage: (params) => conversations.send(params),
  listWorkflows: ({ cwd }) => workflows.list(cwd),
  showWorkflow: ({ name, cwd }) => workflows.show(name, cwd),
  runWorkflow: (params) => workflows.run(params),
})
