import * as z from 'zod'
import type { Json } from '../../protocol/task.ts'

/** What a reply came to: JSON that fits, or what is wrong with it in words for the model. */
export type JsonReply =
  | { readonly kind: 'fits'; readonly value: Json }
  | { readonly kind: 'wrong'; readonly why: string }

/** Added to the instructions of a call whose reply has to be JSON. */
export const jsonInstructions = (schema: object): string =>
  `Reply with one JSON value and nothing else: no explanation, no code fence. It must fit this JSON Schema:\n${JSON.stringify(schema)}`

/** Throws where the schema is none. */
export const jsonChecker = (schema: object): ((reply: string) => JsonReply) => {
  const checked = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema)
  return (reply) => {
    const found = jsonIn(reply)
    if (found === undefined) return { kind: 'wrong', why: 'it is no JSON' }
    const parsed = checked.safeParse(found.value)
    if (parsed.success) return { kind: 'fits', value: found.value }
    const [issue] = parsed.error.issues
    const where = issue?.path.join('.') ?? ''
    return { kind: 'wrong', why: `${where === '' ? '' : `${where}: `}${issue?.message ?? 'it does not fit'}` }
  }
}

/** The JSON of a reply; models like to put a fence or a sentence around it. */
const jsonIn = (reply: string): { readonly value: Json } | undefined => {
  const fenced = /```(?:json)?\s*([\s\S]*?)```/.exec(reply)?.[1]
  const start = reply.search(/[[{]/)
  const end = Math.max(reply.lastIndexOf(']'), reply.lastIndexOf('}'))
  for (const text of [reply, fenced, start === -1 ? undefined : reply.slice(start, end + 1)]) {
    if (text === undefined) continue
    try {
      return { value: JSON.parse(text) as Json }
    } catch {
      // The next way to read it.
    }
  }
  return undefined
}
