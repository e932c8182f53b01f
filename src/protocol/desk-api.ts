import * as z from 'zod'
import { agentSchema, fileProblemSchema } from './agent.ts'
import { chatMessageFields, conversationSchema, conversationTurnSchema } from './conversation.ts'
import { endpoints } from './endpoints.ts'
import { conversationIdSchema } from './new-task.ts'
import { count } from './query-forms.ts'
import { taskSchema, type Task } from './task.ts'
import { runWorkflowBody, workflowSchema } from './workflow.ts'

/** An id, a unique prefix of one, or `last`. */
const byConversation = { conversation_id: conversationIdSchema }
/** The folder whose project counts, too. Absolute. */
const forFolder = { cwd: z.string().min(1).optional() }
const task = taskSchema as z.ZodType<Task>

/** The rows of the api table that are about agents, conversations and workflows. */
export const deskApi = {
  listAgents: {
    ...endpoints.listAgents,
    params: z.strictObject(forFolder),
    result: z.object({ agents: z.array(agentSchema), problems: z.array(fileProblemSchema) }),
  },
  showAgent: {
    ...endpoints.showAgent,
    params: z.strictObject({ name: z.string(), ...forFolder }),
    result: agentSchema,
  },
  listConversations: {
    ...endpoints.listConversations,
    params: z.strictObject({
      user_id: z.string().optional(),
      agent: z.string().optional(),
      limit: count.optional(),
    }),
    result: z.object({ conversations: z.array(conversationSchema) }),
  },
  showConversation: {
    ...endpoints.showConversation,
    params: z.strictObject(byConversation),
    result: conversationSchema.extend({ history: z.array(conversationTurnSchema) }),
  },
  renameConversation: {
    ...endpoints.renameConversation,
    params: z.strictObject({ ...byConversation, title: z.string().trim().min(1).max(200) }),
    result: conversationSchema,
  },
  removeConversation: {
    ...endpoints.removeConversation,
    params: z.strictObject(byConversation),
    result: conversationSchema,
  },
  exportConversation: {
    ...endpoints.exportConversation,
    params: z.strictObject(byConversation),
    result: z.string(),
  },
  sendMessage: {
    ...endpoints.sendMessage,
    params: z.strictObject({
      ...byConversation,
      ...chatMessageFields,
      /** Of the turn's task. The client may make it: sending the same id again says nothing twice. */
      id: z.uuid().optional(),
      user_id: z.string().optional(),
    }),
    result: task,
    created: true,
  },
  listWorkflows: {
    ...endpoints.listWorkflows,
    params: z.strictObject(forFolder),
    result: z.object({ workflows: z.array(workflowSchema), problems: z.array(fileProblemSchema) }),
  },
  showWorkflow: {
    ...endpoints.showWorkflow,
    params: z.strictObject({ name: z.string(), ...forFolder }),
    result: workflowSchema,
  },
  runWorkflow: {
    ...endpoints.runWorkflow,
    params: runWorkflowBody.extend({ name: z.string() }),
    result: task,
    created: true,
  },
} as const
