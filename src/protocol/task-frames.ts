import * as z from 'zod'
import { eventTypes } from './event.ts'
import { failureCodeSchema, jsonSchema } from './task.ts'

/** What a client sends on `/ws/tasks/{task_id}`. */
export const taskClientFrameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.literal('ping') }),
])

const finished = z.object({
  output: z.string(),
  total_steps: z.number().int(),
  total_tokens: z.number().int(),
})
const cancelled = z.object({ status: z.literal('cancelled'), task_id: z.string() })

/**
 * What the daemon sends on `/ws/tasks/{task_id}`: `connected`, a `step` for each event of the task from its first on,
 * then one `result` or `error`. An `error` before that says what was wrong with a frame.
 */
export const taskFrameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('connected'), task_id: z.string() }),
  z.object({
    type: z.literal('step'),
    data: z.object({
      /** The `type` of the event, with its `step`, `data` and `ts`. */
      event_type: z.enum(eventTypes),
      step: z.number().int().nullable(),
      data: jsonSchema,
      timestamp: z.string(),
    }),
  }),
  z.object({ type: z.literal('result'), data: z.union([finished, cancelled]) }),
  z.object({
    type: z.literal('error'),
    /** As in every `error` of Sparky. */
    code: failureCodeSchema,
    message: z.string(),
    hint: z.string().nullable(),
    data: z.object({ message: z.string() }),
  }),
  z.object({ type: z.literal('pong') }),
])
export type TaskFrame = z.infer<typeof taskFrameSchema>
