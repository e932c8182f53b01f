import * as z from 'zod'
import { deltaDataSchemas, deltaTypes, eventTypes, type Delta, type Event } from './event.ts'
import { failureCodeSchema, jsonSchema, taskStatuses } from './task.ts'
import { chatMessageFields } from './conversation.ts'
import { conversationIdSchema, taskRefSchema } from './new-task.ts'

export { closeCodes, maxFrameBytes } from './close-codes.ts'

const shownType = z.enum([...eventTypes, ...deltaTypes])

/** What a client sends on `/api/ws/agent`. A frame without `type` that has `message` is a `message`. */
export const clientFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    user_id: z.string().min(1).max(200).optional(),
    client: z.string().max(200).optional(),
    session_id: z.string().min(1).max(200).optional(),
  }),
  z.object({
    type: z.literal('subscribe'),
    id: z.union([z.string().max(200), z.number()]).optional(),
    tasks: z.union([z.literal('all'), z.array(taskRefSchema)]).optional(),
    workflow_id: taskRefSchema.optional(),
    /** The turns of a conversation, and what they delegate; those to come too. */
    conversation_id: conversationIdSchema.optional(),
    types: z.array(shownType).optional(),
    hide: z.array(shownType).optional(),
    deltas: z.boolean().optional(),
    after: z.number().int().nonnegative().optional(),
  }),
  z.object({ type: z.literal('unsubscribe') }),
  z.object({
    type: z.literal('message'),
    ...chatMessageFields,
    conversation_id: conversationIdSchema.nullish(),
    session_token: z.string().nullish(),
  }),
  z.object({ type: z.literal('cancel'), task_id: taskRefSchema }),
  z.object({ type: z.literal('approve'), approval_id: z.string(), reason: z.string().optional() }),
  z.object({ type: z.literal('deny'), approval_id: z.string(), reason: z.string().optional() }),
  z.object({ type: z.literal('ping') }),
])
export type ClientFrame = z.infer<typeof clientFrameSchema>
export type ClientFrameInput = z.input<typeof clientFrameSchema>

const subscriptionId = z.union([z.string(), z.number()]).nullable()

/** What an `error` says: a stable code, one line for people, and what to do about it where there is something. */
const failure = { code: failureCodeSchema, message: z.string(), hint: z.string().nullable() }

/** What the daemon sends beside events, deltas and chat replies. Fields may be added, never dropped. */
export const serverFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('connected'),
    session_id: z.string(),
    user_id: z.string(),
    protocol: z.number().int(),
    version: z.string(),
    store_id: z.string(),
    /** The newest event there is. */
    seq: z.number().int(),
    /** On an endpoint that `/api/ws/agent` has taken the place of. */
    deprecated: z.literal(true).optional(),
  }),
  z.object({
    type: z.literal('subscribed'),
    id: subscriptionId,
    after: z.number().int(),
    seq: z.number().int(),
  }),
  z.object({ type: z.literal('caught_up'), id: subscriptionId, seq: z.number().int() }),
  z.object({ type: z.literal('lagged'), id: subscriptionId, after: z.number().int() }),
  z.object({ type: z.literal('error'), ...failure }),
  z.object({ type: z.literal('pong') }),
])
export type ServerFrame = z.infer<typeof serverFrameSchema>

/** Which turn of which conversation a chat frame belongs to. */
const turn = {
  agent_type: z.string(),
  pillar: z.string().nullable(),
  conversation_id: z.string(),
  /** The task of kind `chat` that the turn runs as; null where none was made. */
  task_id: z.string().nullable(),
}

const reply = {
  ...turn,
  message: z.string(),
  data: jsonSchema.nullable(),
  visualization: jsonSchema.nullable(),
}

/** An answer in a conversation, to the session that sent the message. Without `v`, with `conversation_id`. */
export const chatReplySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message'), ...reply }),
  z.object({ type: z.literal('visualization'), ...reply }),
  z.object({ type: z.literal('analysis'), ...reply }),
  z.object({ type: z.literal('drill_down'), ...reply }),
  z.object({ type: z.literal('error'), ...reply, ...failure }),
])
export type ChatReply = z.infer<typeof chatReplySchema>

/** A fragment of an answer while it streams: what a delta is to events, for those who chat and do not subscribe. */
export const chatDeltaSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message_delta'), ...turn, data: deltaDataSchemas.message_delta }),
  z.object({ type: z.literal('thought_delta'), ...turn, data: deltaDataSchemas.thought_delta }),
  z.object({ type: z.literal('tool_output'), ...turn, data: deltaDataSchemas.tool_output }),
])
export type ChatDelta = z.infer<typeof chatDeltaSchema>

/** That an answer does not come yet, and why: the turn waits for another one, a rate limit, a budget; or that it goes on. */
export const chatStatusSchema = z.object({
  type: z.literal('turn_status'),
  ...turn,
  status: z.enum(taskStatuses),
  message: z.string(),
})

/** Of frames without `v`, those with a `conversation_id` are of a chat. */
export type ChatFrame = ChatReply | ChatDelta | z.infer<typeof chatStatusSchema>

export type AnyServerFrame = ServerFrame | ChatFrame | Event | Delta
