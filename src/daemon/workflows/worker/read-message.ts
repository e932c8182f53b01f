import * as z from 'zod'
import type { Json } from '../../../protocol/task.ts'
import { toJson, toJsonObject } from '../plain-json.ts'
import type { NodeEnd, WorkflowBody, WorkflowOutline } from '../workflow-program.ts'
import type { FarError, FromWorker } from './messages.ts'

/**
 * What a worker has sent, or null where that is no message. A module shares its thread with what answers for it, so it
 * can send anything: nothing of it is believed.
 */
export const readMessage = (message: unknown): FromWorker | null => {
  const { success, data } = messageSchema.safeParse(message)
  return success ? data : null
}

/** What nodes, the beginning and the end of a workflow give back; throws where it is something else. */
export const checkedReply = {
  begin: (value: unknown) => toJsonObject(value, 'the first state'),
  run: (value: unknown): NodeEnd => {
    const { changes, state, next } = nodeEndSchema.parse(value)
    return { changes: toJsonObject(changes, 'changes'), state: toJsonObject(state, 'state'), next }
  },
  finish: (value: unknown): Awaited<ReturnType<WorkflowBody['finish']>> => {
    const { answer, data } = outputSchema.parse(value)
    return { answer, data: toJson(data, 'data') }
  },
}

const id = z.number()
const json = z.unknown().transform((value, { addIssue }): Json => {
  try {
    return toJson(value ?? null, 'it')
  } catch (error) {
    addIssue({ code: 'custom', message: (error as Error).message })
    return z.NEVER
  }
})
const name = z.string().regex(/^[A-Za-z][\w-]{0,63}$/)
const nodeSchema = z.object({ name, attempts: z.int().min(1).max(100), firstMs: z.number().min(0) })

const outlineSchema: z.ZodType<WorkflowOutline> = z.object({
  name,
  description: z.string().max(1000),
  start: name,
  nodes: z.array(nodeSchema).min(1).max(500),
  simulates: z.boolean(),
})

const text = z.string().max(4000)
const errorSchema = z.object({
  name: text,
  message: text,
  code: text.optional(),
  hint: text.optional(),
  retryable: z.boolean().optional(),
  tool: text.optional(),
  status: text.optional(),
  details: z.record(z.string(), json).optional(),
}) as z.ZodType<FarError>

const args = z.array(json).max(2)
const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('loaded'), outline: outlineSchema }),
  z.object({ kind: z.literal('broken'), error: errorSchema, line: z.number().nullable() }),
  z.object({ kind: z.literal('done'), id, value: z.unknown() }),
  z.object({ kind: z.literal('failed'), id, error: errorSchema }),
  z.object({
    kind: z.literal('call'),
    id,
    call: z.number(),
    method: z.enum(['tool', 'model', 'languageModel', 'message', 'sleep']),
    args,
  }),
  z.object({ kind: z.literal('said'), id, method: z.enum(['progress', 'log']), args }),
])

const nodeEndSchema = z.object({ changes: z.unknown(), state: z.unknown(), next: z.string().nullable() })
const outputSchema = z.object({ answer: z.string(), data: z.unknown() })
