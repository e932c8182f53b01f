import * as z from 'zod'
import { deltaTypes, eventTypes, type DeltaType, type EventType } from './event-names.ts'
import { jsonSchema, taskErrorSchema, taskSchema, taskStatuses, type TaskChanges } from './task.ts'
import type { protocolVersion } from './version.ts'

export { deltaTypes, eventTypes, type DeltaType, type EventType }

export const changesSchema = taskSchema.partial() as z.ZodType<TaskChanges>
const text = z.string()
const workflowStatus = z.enum(['executing', 'completed', 'failed'])

/** What `data` holds for each type of event: section 4 of the contract. Fields may be added, never dropped. */
export const eventDataSchemas = {
  task_added: z.object({ task: taskSchema }),
  task_updated: z.object({ changes: changesSchema }),
  task_removed: z.object({}),
  status: z.object({
    status: z.enum(taskStatuses),
    previous: z.enum(taskStatuses),
    message: text,
    error: taskErrorSchema.optional(),
    changes: changesSchema,
    /** True where a user's retry starts afresh: what stands before it is not part of the new attempt. */
    fresh: z.boolean().optional(),
  }),
  thought: z.object({ text }),
  tool_use: z.object({ call_id: text, name: text, args: jsonSchema }),
  tool_result: z.object({
    call_id: text,
    name: text,
    status: z.enum(['ok', 'error', 'denied', 'interrupted']),
    /** What the reader sees; above 64 KiB cut to head and tail (`truncated`), whole under `results/{call_id}`. */
    result: jsonSchema,
    duration_ms: z.number(),
    truncated: z.boolean(),
    /** Size of the whole result in UTF-8 bytes. */
    bytes: z.number(),
    /** Facts beside the text, for programs: `exit_code`, `diff`, `matches` … */
    details: z.record(z.string(), jsonSchema).optional(),
  }),
  message: z.object({
    role: z.enum(['user', 'assistant']),
    text,
    agent_type: text.optional(),
    pillar: text.optional(),
    conversation_id: text.optional(),
  }),
  usage: z.object({
    model: text,
    input_tokens: z.number(),
    output_tokens: z.number(),
    cached_tokens: z.number(),
    cost_usd: z.number().nullable(),
  }),
  progress: z.object({
    step: z.number().int(),
    max_steps: z.number().int().nullable(),
    note: text.nullable(),
  }),
  approval_requested: z.object({
    approval_id: text,
    call_id: text,
    name: text,
    args: jsonSchema,
    reason: text,
  }),
  approval_resolved: z.object({
    approval_id: text,
    decision: z.enum(['approve', 'deny']),
    by: text,
    reason: text.nullable(),
  }),
  error: z.object({ code: taskErrorSchema.shape.code, message: text, retryable: z.boolean() }),
  node_update: z.object({
    workflow_id: text,
    node: text,
    status: workflowStatus,
    output: jsonSchema.optional(),
    error: text.optional(),
  }),
  tool_update: z.object({
    workflow_id: text,
    tool: text,
    status: workflowStatus,
    message: text,
    execution_time_ms: z.number().optional(),
    error: text.optional(),
  }),
  search_results: z.object({
    workflow_id: text,
    query: text,
    results: z.array(z.object({ title: text, url: text, snippet: text })),
    synthesis: text,
  }),
  /** Earlier turns of a conversation as the model sees them from here on: the turns themselves stay as they were. */
  compaction: z.object({
    conversation_id: text,
    /** What stands for those turns. */
    summary: text,
    /** How many of the oldest turns it stands for. */
    turns: z.number().int(),
    /** About how much of the model's window the conversation took before, and takes now. */
    tokens_before: z.number().int(),
    tokens_after: z.number().int(),
  }),
  workflow_status: z.object({
    workflow_id: text,
    status: z.enum(['executing', 'completed', 'failed', 'cancelled']),
    error: text.optional(),
  }),
  queue_changed: z.record(z.string(), jsonSchema),
  lost: z.object({ reason: text }),
  removed: z.object({}),
} as const satisfies Record<EventType, z.ZodType>

type EventDataSchemas = typeof eventDataSchemas
export type EventPayload<T extends EventType> = z.infer<EventDataSchemas[T]>

/** An immutable, numbered fact. `seq` grows by one over the whole store, without gaps. */
export type Event = {
  [T in EventType]: {
    readonly v: typeof protocolVersion
    readonly seq: number
    /** ISO 8601, UTC, milliseconds. */
    readonly ts: string
    /** Null for a fact about no task. */
    readonly task_id: string | null
    readonly attempt: number | null
    readonly step: number | null
    readonly type: T
    readonly data: EventPayload<T>
  }
}[EventType]

export type EventOf<T extends EventType> = Extract<Event, { type: T }>

/** What stands in the store: an event and, where needed, a member that never leaves the daemon. */
export type StoredEvent = Event & { readonly private?: unknown }

/**
 * An event before the store has numbered it. The store adds `v`, `seq` and `ts`, and in a `task_added` the
 * task's `number`, `created_at`, `updated_at`, `first_seq` and `last_seq`.
 */
export type EventDraft = {
  [T in EventType]: {
    readonly task_id: string | null
    readonly attempt?: number | null
    readonly step?: number | null
    readonly type: T
    readonly data: EventPayload<T>
    readonly private?: unknown
  }
}[EventType]

const fragment = z.object({
  text,
  /** Counts UTF-16 units of the text so far; 0 starts anew (a retried model call). */
  offset: z.number().int(),
})

/** What `data` holds for each type of delta. */
export const deltaDataSchemas = {
  message_delta: fragment,
  thought_delta: fragment,
  tool_output: z.object({ call_id: text, text }),
} as const satisfies Record<DeltaType, z.ZodType>
type DeltaDataSchemas = typeof deltaDataSchemas

/** A fragment that is shown and forgotten: the envelope of an event without `seq`. May always be dropped. */
export type Delta = {
  [T in DeltaType]: {
    readonly v: typeof protocolVersion
    readonly ts: string
    readonly task_id: string
    readonly attempt: number
    readonly step: number
    readonly type: T
    readonly data: z.infer<DeltaDataSchemas[T]>
  }
}[DeltaType]
