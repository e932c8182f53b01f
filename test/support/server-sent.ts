import type { ScriptedReply } from './model-server.ts'

export const usageOf = ({ usage = { input: 100, output: 20 } }: ScriptedReply) => ({ cached: 0, ...usage })

/** Text in pieces of a few characters, as models write it; whole code points. */
export const pieces = (text = ''): readonly string[] => text.match(/.{1,16}/gsu) ?? []

/** Arguments as JSON text; a string is that text already. */
export const jsonOf = (args: unknown): string => (typeof args === 'string' ? args : JSON.stringify(args))

/** One server-sent event. */
export const sse = (payload: unknown): string => `data: ${JSON.stringify(payload)}\n\n`
/** One server-sent event that says its type twice. */
export const named = (payload: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${payload.type}\n${sse(payload)}`
