import type { ApiParams } from '../../protocol/api.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { addTaskBody } from '../../protocol/new-task.ts'
import type { Task } from '../../protocol/task.ts'
import { check } from '../../protocol/check.ts'
import { usualAgent, usualUser } from '../../protocol/usual-names.ts'
import type { Queue } from '../queue/queue.ts'
import type { Conversations } from './conversations.ts'

export interface SendMessageParts {
  readonly conversations: Pick<Conversations, 'find' | 'inTurn'>
  readonly queue: Pick<Queue, 'add'>
}

type Message = ApiParams<'sendMessage'>

/**
 * Adds what the user says as the next turn of a conversation, which begins with it where there is none of this id.
 * Throws `usage` for a message that says nothing, and `conflict` where the conversation is with another agent.
 */
export const sendMessage = async (parts: SendMessageParts, message: Message): Promise<Task> => {
  if (message.message.trim() === '')
    throw new SparkyError('usage', 'expected a message with text in it, found only white space')
  const { conversations } = parts
  const found = await conversations.find(message.conversation_id)
  const id = found?.id ?? message.conversation_id
  return conversations.inTurn(id, async () => {
    const now = await conversations.find(id)
    const body = check(
      addTaskBody,
      bodyOf({ ...message, conversation_id: id }, now === undefined),
      'the message',
    )
    if (!body.ok) throw new SparkyError('usage', body.message)
    const { user_id, metadata = null } = message
    return parts.queue.add(body.value, {
      kind: 'chat',
      payload: { user_id: user_id ?? usualUser, ...(metadata === null ? {} : { metadata }) },
    })
  })
}

const bodyOf = (
  { id, conversation_id, message, agent_type, agent, pillar, cwd, model, environment }: Message,
  isBeginning: boolean,
): object => ({
  id,
  prompt: message,
  conversation_id,
  agent: agent_type ?? agent ?? (isBeginning ? usualAgent : undefined),
  pillar: pillar ?? undefined,
  // A conversation stays where it has begun.
  cwd: isBeginning ? (cwd ?? undefined) : undefined,
  model: model ?? undefined,
  environment: environment ?? undefined,
})
