import type { Task } from '../../protocol/task.ts'
import { openingOf } from '../agent/instructions.ts'
import { messagesOf } from '../agent/turn-messages.ts'
import { verdictOf, type Turn } from '../agent/turn.ts'
import type { ModelPrompt, ModelReply, ReplyPart } from '../models/model.ts'
import type { PastTurn } from './past-turn.ts'

type Message = ModelPrompt[number]

/** Ids and names that every provider takes, whoever made them. */
const plainCallId = /^[\w-]{1,64}$/

interface Reader {
  /** `provider/model` that the messages are for. */
  readonly model: string
  /** Ids of calls that are taken; those that are given out are added. */
  readonly callIds: Set<string>
}

/**
 * A turn that is over, as the model is to see it in a later one: what the user said, the calls and their results, the
 * answer; and where there is none, why. Begins with the user and ends with the assistant, so that turns can stand behind
 * each other whatever became of them.
 *
 * A provider gets back what is its own (signatures, encrypted reasoning) only where this very model made it: another one
 * refuses it.
 */
export const pastMessages = ({ task, transcript }: PastTurn, reader: Reader): Message[] => {
  const { request } = openingOf(task, { instructions: '' }, [])
  const said = transcript.turns
    .filter((turn) => verdictOf(turn).kind === 'go_on' || verdictOf(turn).kind === 'answered')
    .flatMap((turn) => messagesOf(asSeenBy(turn, task, reader)))
  return [request, ...endingWith(said, endNote(task, said))]
}

/** What stands where an answer should; null where there is one. */
const endNote = ({ status, error, response_payload }: Task, said: readonly Message[]): string | null => {
  if (status === 'cancelled') return '(The user interrupted this turn here.)'
  if (status === 'failed') return `(This turn failed here: ${error?.message ?? 'for no known reason'})`
  if (said.at(-1)?.role === 'assistant') return null
  return response_payload?.answer || '(This turn has no answer.)'
}

const endingWith = (said: readonly Message[], note: string | null): Message[] => {
  if (note === null) return [...said]
  const last = said.at(-1)
  const text = { type: 'text' as const, text: note }
  return last?.role === 'assistant'
    ? [...said.slice(0, -1), { ...last, content: [...last.content, text] }]
    : [...said, { role: 'assistant', content: [text] }]
}

const asSeenBy = (turn: Turn, { number }: Task, { model, callIds }: Reader): Turn => {
  const isOwn = turn.model === model
  const ids = new Map<string, string>()
  for (const { callId } of turn.calls) {
    const id = isOwn || plainCallId.test(callId) ? callId : `t${number}`
    let unique = id
    for (let nth = 1; callIds.has(unique); nth += 1) unique = `t${number}_${nth}`
    callIds.add(unique)
    ids.set(callId, unique)
  }
  const nameOf = (name: string): string => (isOwn ? name : plainName(name))
  return {
    ...turn,
    reply: replyFor(turn.reply, { isOwn, nameOf }),
    calls: turn.calls.map((call) => ({
      ...call,
      callId: ids.get(call.callId) ?? call.callId,
      name: nameOf(call.name),
    })),
    results: new Map([...turn.results].map(([callId, result]) => [ids.get(callId) ?? callId, result])),
  }
}

const replyFor = (
  reply: ModelReply,
  { isOwn, nameOf }: { readonly isOwn: boolean; readonly nameOf: (name: string) => string },
): ModelReply => ({
  ...reply,
  parts: reply.parts.flatMap((part): ReplyPart[] => {
    // A few providers refuse text that is nothing but white space.
    if (part.type === 'text' && part.text.trim() === '') return []
    if (isOwn) return [part]
    if (part.type === 'reasoning') return []
    const { providerMetadata: _, ...plain } = part
    return [plain.type === 'tool_call' ? { ...plain, name: nameOf(plain.name) } : plain]
  }),
})

const plainName = (name: string): string => name.replaceAll(/[^\w-]/g, '_').slice(0, 64) || 'unknown'
