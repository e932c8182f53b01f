import * as z from 'zod'
import { deltaTypes, eventTypes, type Delta, type Event } from './event.ts'
import type { Failure } from './failure.ts'
import { jsonSchema } from './task.ts'
import { taskRefSchema } from './new-task.ts'

/** Close codes of a WebSocket, and what each says. */
export const closeCodes = {
  done: 1000,
  shutdown: 1001,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  overloaded: 1013,
  notAuthenticated: 4001,
} as const

/** A larger frame closes the connection with 1009. */
export const maxFrameBytes = 1024 * 1024

const shownType = z.enum([...eventTypes, ...deltaTypes])

/** What a client sends on `/api/ws/agent`. A frame without `type` that has `message` is a `message`. */
export const clientFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    user_id: z.string().min(1).max(200).optional(),
    client: z.string().max(200).optional(),
    session_id: z.string().max(200).optional(),
  }),
  z.object({
    type: z.literal('subscribe'),
    id: z.union([z.string(), z.number()]).optional(),
    tasks: z.union([z.literal('all'), z.array(taskRefSchema)]).optional(),
    workflow_id: taskRefSchema.optional(),
    types: z.array(shownType).optional(),
    hide: z.array(shownType).optional(),
    deltas: z.boolean().optional(),
    after: z.number().int().nonnegative().optional(),
  }),
  z.object({ type: z.literal('unsubscribe') }),
  z.object({
    type: z.literal('message'),
    agent_type: z.string().optional(),
    pillar: z.string().optional(),
    message: z.string(),
    conversation_id: z.string().optional(),
    session_token: z.string().optional(),
    metadata: jsonSchema.optional(),
  }),
  z.object({ type: z.literal('cancel'), task_id: taskRefSchema }),
  z.object({ type: z.literal('approve'), approval_id: z.string(), reason: z.string().optional() }),
  z.object({ type: z.literal('deny'), approval_id: z.string(), reason: z.string().optional() }),
  z.object({ type: z.literal('ping') }),
])
export type ClientFrame = z.infer<typeof clientFrameSchema>
export type ClientFrameInput = z.input<typeof clientFrameSchema>

/** What the daemon sends beside events and deltas (frames with `v`). */
export type ServerFrame =
  | {
      readonly type: 'connected'
      readonly session_id: string
      readonly user_id: string
      readonly protocol: number
      readonly version: string
      readonly store_id: string
      readonly seq: number
    }
  | {
      readonly type: 'subscribed'
      readonly id: string | number | null
      readonly after: number
      readonly seq: number
    }
  | { readonly type: 'caught_up'; readonly id: string | number | null; readonly seq: number }
  | { readonly type: 'lagged'; readonly id: string | number | null; readonly after: number }
  | ({ readonly type: 'error' } & Failure)
  | { readonly type: 'pong' }

export type AnyServerFrame = ServerFrame | Event | Delta
