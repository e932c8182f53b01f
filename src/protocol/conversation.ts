import * as z from 'zod'
import { taskEnvironmentNames } from './task-environment.ts'
import { failureCodeSchema, jsonSchema, taskStatuses } from './task.ts'

/** What a chat message says, whichever way it travels. */
export const chatMessageFields = {
  /** Name of an agent, or `NAME/PILLAR`; the guide where nothing is said. */
  agent_type: z.string().nullish(),
  /** The same by another name; `agent_type` counts where both are said. */
  agent: z.string().nullish(),
  pillar: z.string().nullish(),
  message: z.string(),
  /** Kept with the message and given to the agent. */
  metadata: jsonSchema.nullish(),
  /** Where a conversation that begins with this message works; else in `$SPARKY_HOME/work`. Absolute. */
  cwd: z.string().min(1).nullish(),
  /** `provider/model` of this turn; the agent's, or the daemon's, where nothing is said. */
  model: z.string().min(1).max(200).nullish(),
  /** Variables of the shell that it comes from, which count for this turn. */
  environment: z.partialRecord(z.enum(taskEnvironmentNames), z.string()).nullish(),
}

/** The durable message history between a user and one agent. */
export const conversationSchema = z.object({
  id: z.string(),
  agent: z.string(),
  pillar: z.string().nullable(),
  /** Of the user's choice, else made of the first message. */
  title: z.string(),
  user_id: z.string(),
  cwd: z.string(),
  /** How many messages of the user there are. */
  turns: z.number().int(),
  /** Whether a turn is under way. */
  active: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
  last_task_id: z.string().nullable(),
})
export type Conversation = z.infer<typeof conversationSchema>

/** One turn: what the user said, and what became of it. */
export const conversationTurnSchema = z.object({
  task_id: z.string(),
  number: z.number().int(),
  status: z.enum(taskStatuses),
  ts: z.string(),
  message: z.string(),
  /** Null until it is there. */
  answer: z.string().nullable(),
  /** What the agent has presented, oldest first: the `details` of its `present` calls. */
  presented: z.array(jsonSchema),
  error: z.object({ code: failureCodeSchema, message: z.string() }).nullable(),
})
export type ConversationTurn = z.infer<typeof conversationTurnSchema>
