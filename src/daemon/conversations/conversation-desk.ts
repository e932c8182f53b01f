import type { ApiParams, ApiResult } from '../../protocol/api.ts'
import type { Conversation, ConversationTurn } from '../../protocol/conversation.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { Json, Task } from '../../protocol/task.ts'
import type { Queue } from '../queue/queue.ts'
import type { Store } from '../store/store.ts'
import type { Conversations } from './conversations.ts'
import { conversationOf, isActive, type KnownConversation } from './known-conversation.ts'
import { conversationMarkdown } from './conversation-markdown.ts'
import { readTurns, type PastTurn } from './past-turn.ts'
import { sendMessage } from './send-message.ts'

interface DeskParts {
  readonly conversations: Conversations
  readonly queue: Pick<Queue, 'add' | 'removeTogether'>
  readonly store: Pick<Store, 'events' | 'append'>
}

/** What users ask of conversations. */
export class UsersConversations {
  readonly #parts: DeskParts

  constructor(parts: DeskParts) {
    this.#parts = parts
  }

  get ready(): Promise<void> {
    return this.#parts.conversations.ready
  }

  taskIds(id: string): ReadonlySet<string> {
    return this.#parts.conversations.taskIds(id)
  }

  async list({ user_id, agent, limit }: ApiParams<'listConversations'>): Promise<Conversation[]> {
    const all = await this.#parts.conversations.all()
    return all
      .filter((known) => user_id === undefined || known.userId === user_id)
      .filter((known) => agent === undefined || known.agent === agent)
      .slice(0, limit)
      .map(conversationOf)
  }

  async show(ref: string): Promise<ApiResult<'showConversation'>> {
    const { known, turns } = await this.#read(ref)
    return { ...conversationOf(known), history: turns.map(turnOf) }
  }

  async rename(ref: string, title: string): Promise<Conversation> {
    const { id } = await this.#parts.conversations.resolve(ref)
    const line = title.trim().replaceAll(/\s+/g, ' ')
    await this.#parts.store.append(() => [
      { task_id: null, type: 'queue_changed', data: { conversation: { id, title: line } } },
    ])
    return conversationOf(await this.#parts.conversations.resolve(id))
  }

  async remove(ref: string): Promise<Conversation> {
    const known = await this.#parts.conversations.resolve(ref)
    const conversation = conversationOf(known)
    if (isActive(known)) {
      throw new SparkyError('conflict', `cannot remove conversation "${known.id}": a turn is under way`, {
        hint: `Cancel it first: sparky agent tasks cancel ${activeTurns(known).join(' ')}`,
      })
    }
    await this.#parts.queue.removeTogether([...known.turns.keys(), ...known.parts], {
      conversation: { id: known.id, removed: true },
    })
    return conversation
  }

  async export(ref: string): Promise<string> {
    const { known, turns } = await this.#read(ref)
    return conversationMarkdown(conversationOf(known), turns)
  }

  send(params: ApiParams<'sendMessage'>): Promise<Task> {
    return sendMessage(this.#parts, params)
  }

  async #read(
    ref: string,
  ): Promise<{ readonly known: KnownConversation; readonly turns: readonly PastTurn[] }> {
    const { conversations, store } = this.#parts
    const known = await conversations.resolve(ref)
    return { known, turns: await readTurns(store, [...known.turns.keys()]) }
  }
}

/** The newest first: to cancel one that runs lets the next begin. */
const activeTurns = ({ turns }: KnownConversation): string[] =>
  [...turns].flatMap(([id, endSeq]) => (endSeq === 0 ? [id] : [])).toReversed()

const turnOf = ({ task, presented }: PastTurn): ConversationTurn => ({
  task_id: task.id,
  number: task.number,
  status: task.status,
  ts: task.created_at,
  message: task.prompt,
  answer: task.response_payload?.answer ?? null,
  presented: presented as unknown as Json[],
  error: task.error === null ? null : { code: task.error.code, message: task.error.message },
})
