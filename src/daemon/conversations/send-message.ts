import type { ApiParams } from '../../protocol/api.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { addTaskBody } from '../../protocol/new-task.ts'
import type { Task } from '../../protocol/task.ts'
import { parse } from '../../protocol/check.ts'
import type { Queue } from '../queue/queue.ts'
import type { Conversations } from './conversations.ts'

export interface SendMessageParts {
  readonly conversations: Pick<Conversations, 'find'>
  readonly queue: Pick<Queue, 'add'>
}

type Message = ApiParams<'sendMessage'> & { readonly id?: string }

const usualAgent = 'guide'
const usualUser = 'user'

/**
 * Adds what the user says as the next turn of a conversation, which begins with it where there is none of this id.
 * Throws `usage` for a message that says nothing, and `conflict` where the conversation is with another agent.
 */
export const sendMessage = async (
  { conversations, queue }: SendMessageParts,
  { id, conversation_id, message, agent_type, pillar, metadata, cwd, model, environment, user_id }: Message,
): Promise<Task> => {
  if (message.trim() === '')
    throw new SparkyError('usage', 'expected a message with text in it, found only white space')
  const found = await conversations.find(conversation_id)
  const wish = agent_type ?? (found === undefined ? usualAgent : undefined)
  const body = parse(addTaskBody, {
    id,
    prompt: message,
    conversation_id: found?.id ?? conversation_id,
    agent: wish,
    pillar: pillar ?? undefined,
    // A conversation stays where it has begun.
    cwd: found === undefined ? (cwd ?? undefined) : undefined,
    model: model ?? undefined,
    context: metadata ?? undefined,
    environment: environment ?? undefined,
  })
  return queue.add(body, {
    kind: 'chat',
    payload: { user_id: user_id ?? usualUser, metadata: metadata ?? null },
  })
}
