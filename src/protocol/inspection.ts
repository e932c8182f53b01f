import * as z from 'zod'

/** What the HTTP interface shows of the agents' surroundings: tools, models, configuration, approvals. */

export const toolRowSchema = z.object({
  name: z.string(),
  description: z.string(),
  effect: z.enum(['pure', 'idempotent', 'once']),
  available: z.boolean(),
  /** What is missing, and how to mend it; only where the tool is not available. */
  why_not: z.string().optional(),
  /** JSON Schema of its arguments. */
  input_schema: z.record(z.string(), z.json()),
})
export type ToolRow = z.infer<typeof toolRowSchema>

const modelRowSchema = z.object({
  /** `provider/model` */
  name: z.string(),
  provider: z.string(),
  /** Whether it is what its provider's key alone gives. */
  default: z.boolean(),
  /** Whether a task that names no model would get it here. */
  chosen: z.boolean(),
})
export type ModelRow = z.infer<typeof modelRowSchema>

export const modelListSchema = z.object({
  models: z.array(modelRowSchema),
  /** What a task that names no model would get, and why; null where it would get none. */
  chosen: z.object({ name: z.string(), why: z.string() }).nullable(),
  /** What is wrong and what to do about it: of one provider, or (null) of the choice. */
  problems: z.array(z.object({ provider: z.string().nullable(), problem: z.string() })),
})
export type ModelList = z.infer<typeof modelListSchema>

/** A dotted key and its value, masked where it is a secret; null where it is at its default. */
export const configRowSchema = z.object({ key: z.string(), value: z.json() })
export type ConfigRow = z.infer<typeof configRowSchema>

/** A tool call that waits for somebody's word. */
export const approvalSchema = z.object({
  approval_id: z.string(),
  task_id: z.string(),
  call_id: z.string(),
  name: z.string(),
  args: z.json(),
  reason: z.string(),
  requested_at: z.string(),
})
