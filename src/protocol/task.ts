import * as z from 'zod'
import { failureCodes, type FailureCode } from './failure.ts'
import { taskStatuses, type TaskStatus } from './status.ts'

export { isFinal, taskStatuses, type TaskStatus } from './status.ts'

/** A status as somebody outside may write it: `processing` is another name for `in_progress`. */
export const taskStatusSchema = z
  .enum([...taskStatuses, 'processing'])
  .transform((status): TaskStatus => (status === 'processing' ? 'in_progress' : status))

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

const isJson = (value: unknown): boolean => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value !== 'object') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isJson)
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson)
}

/** `z.json()` is a schema that contains itself: with it, zod remembers every object of every value that it parses. */
export const jsonSchema = z.unknown().refine(isJson, 'expected JSON') as unknown as z.ZodType<Json, Json>

export const failureCodeSchema = z.enum(Object.keys(failureCodes) as [FailureCode, ...FailureCode[]])

export const taskErrorSchema = z.object({
  code: failureCodeSchema,
  message: z.string(),
  retryable: z.boolean(),
})
export type TaskError = z.infer<typeof taskErrorSchema>

const positiveInt = z.number().int().positive()

/** Limits of a task; null means none. `max_cost_usd` in US dollars, `timeout_s` in seconds of one attempt. */
const limitsSchema = z.object({
  max_steps: positiveInt.nullable(),
  max_tokens: positiveInt.nullable(),
  max_cost_usd: z.number().positive().nullable(),
  timeout_s: z.number().positive().nullable(),
})
export type Limits = z.infer<typeof limitsSchema>

const usageSchema = z.object({
  input_tokens: z.number(),
  output_tokens: z.number(),
  total_tokens: z.number(),
  /** Null where the price of any call is not known; never a guess. */
  cost_usd: z.number().nullable(),
  model_calls: z.number(),
  tool_calls: z.number(),
})
export type Usage = z.infer<typeof usageSchema>

/** One try at a task, as it is shown beside the others. */
const attemptRecordSchema = z.object({
  number: positiveInt,
  /** Which attempt this is since the task was added, or retried by a user, and how many of them it asked for then. */
  try: positiveInt,
  tries: positiveInt,
  /** `in_progress` while it runs or is to go on; else how it ended. */
  status: z.enum(['in_progress', 'completed', 'failed', 'cancelled']),
  error: taskErrorSchema.nullable(),
  started_at: z.string(),
  finished_at: z.string().nullable(),
  /** The last step that it began; null while it runs or is to go on, when the task's `progress` says that. */
  step: z.number().int().nullable(),
})
export type AttemptRecord = z.infer<typeof attemptRecordSchema>

/** A task as JSON: section 3 of the contract. Times are ISO 8601 in UTC. Absent is null, never missing. */
export const taskSchema = z.object({
  id: z.string(),
  number: z.number().int(),
  kind: z.enum(['agent', 'chat', 'workflow']),
  status: z.enum(taskStatuses),
  prompt: z.string(),
  request_payload: z
    .object({ prompt: z.string(), context: jsonSchema.optional() })
    .catchall(jsonSchema.optional()),
  response_payload: z.object({ answer: z.string(), data: jsonSchema.nullable() }).nullable(),
  error: taskErrorSchema.nullable(),
  waiting_for: z
    .object({
      kind: z.enum(['approval', 'rate_limit', 'budget']),
      until: z.string().nullable(),
      approval_id: z.string().nullable(),
    })
    .nullable(),
  agent: z.string(),
  model: z.string().nullable(),
  cwd: z.string(),
  group: z.string(),
  priority: z.number().int(),
  locks: z.array(z.string()),
  depends_on: z.array(z.string()),
  /** Those of `depends_on` that need only have ended, in whichever way. */
  depends_on_any: z.array(z.string()),
  parent_id: z.string().nullable(),
  conversation_id: z.string().nullable(),
  schedule: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  /** Whether a desktop notification tells of its end. */
  notify: z.boolean(),
  attempt: z.number().int(),
  /** Every attempt that has started, oldest first; the newest fifty. */
  attempts: z.array(attemptRecordSchema),
  max_attempts: positiveInt,
  progress: z.object({
    step: z.number().int(),
    max_steps: z.number().int().nullable(),
    note: z.string().nullable(),
  }),
  limits: limitsSchema,
  usage: usageSchema,
  created_at: z.string(),
  updated_at: z.string(),
  not_before: z.string().nullable(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  first_seq: z.number().int(),
  last_seq: z.number().int(),
})
export type Task = z.infer<typeof taskSchema>

/** Fields that a status event or a user's edit may set; identity and numbering never change. */
export type TaskChanges = Partial<
  Omit<Task, 'id' | 'number' | 'kind' | 'status' | 'first_seq' | 'last_seq' | 'updated_at'>
>

export const emptyUsage: Usage = {
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
  cost_usd: null,
  model_calls: 0,
  tool_calls: 0,
}
