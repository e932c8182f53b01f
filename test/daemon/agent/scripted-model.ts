import type { Model, ModelReply, ModelRequest, ReplyPart } from '../../../src/daemon/models/model.ts'
import { once } from 'node:events'
import type { Json } from '../../../src/protocol/task.ts'

/** What a scripted model does in one call. */
export type Scripted =
  | { readonly reply: ModelReply; readonly deltas?: readonly string[] }
  | { readonly deltas?: readonly string[]; readonly fail: Error }
  /** Streams, and then says nothing more until it is aborted. */
  | { readonly deltas?: readonly string[]; readonly hang: true }

export interface ScriptedModel extends Model {
  /** What it was asked, call by call. */
  readonly requests: ModelRequest[]
  /** Resolves when the model has been called so many times. */
  called(times: number): Promise<void>
}

type Script = readonly Scripted[] | ((call: number, request: ModelRequest) => Scripted)

/** A model that does what the script says, call by call; more calls than it has lines are a fault of the test. */
export const scriptedModel = (script: Script, fields: Partial<Model> = {}): ScriptedModel => {
  const requests: ModelRequest[] = []
  const waiting: { times: number; resolve: () => void }[] = []
  return {
    name: 'test/scripted',
    cost: ({ inputTokens, outputTokens }) => (inputTokens + outputTokens) / 1000,
    ...fields,
    requests,
    called: (times) =>
      new Promise((resolve) => {
        if (requests.length >= times) resolve()
        else waiting.push({ times, resolve })
      }),
    async *stream(request) {
      requests.push(request)
      for (const { times, resolve } of waiting) if (requests.length >= times) resolve()
      const line =
        typeof script === 'function' ? script(requests.length, request) : script[requests.length - 1]
      if (line === undefined) throw new Error(`the script has no line for call ${requests.length}`)
      for (const text of line.deltas ?? []) yield { type: 'text_delta', text }
      if ('fail' in line) throw line.fail
      if ('hang' in line) {
        if (!request.signal.aborted) await once(request.signal, 'abort')
        throw request.signal.reason
      }
      yield { type: 'reply', reply: line.reply }
    },
  }
}

const usage = { inputTokens: 10, outputTokens: 5, cachedTokens: 0 }

export const answers = (text: string): Scripted => ({
  reply: { parts: text === '' ? [] : [{ type: 'text', text }], finish: 'stop', usage },
})

export const reply = (parts: readonly ReplyPart[], finish: ModelReply['finish'] = 'stop'): Scripted => ({
  reply: { parts, finish, usage },
})

export const calls = (...parts: readonly ReplyPart[]): Scripted => reply(parts, 'tool_calls')

export const call = (name: string, input: Json = {}, callId = ''): ReplyPart => ({
  type: 'tool_call',
  callId,
  name,
  rawInput: JSON.stringify(input),
  input,
})

export const text = (content: string): ReplyPart => ({ type: 'text', text: content })
export const reasoning = (content: string): ReplyPart => ({ type: 'reasoning', text: content })
