import type { Delta, StoredEvent } from '../../protocol/event.ts'
import { toFailure, type Failure } from '../../protocol/failure.ts'
import type { ChatFrame, ChatReply } from '../../protocol/frames.ts'
import type { Json, Task } from '../../protocol/task.ts'
import { turnError } from '../../protocol/turn-end.ts'
import type { TaskEnvironment } from '../../protocol/task-environment.ts'
import { newTaskId } from '../queue/new-task-id.ts'
import type { Queue } from '../queue/queue.ts'
import type { Store } from '../store/store.ts'
import type { Conversations } from './conversations.ts'
import { sendMessage, type SendMessageParts } from './send-message.ts'
import { TurnFeed } from './turn-feed.ts'
import { turnFrames } from './turn-frames.ts'

export interface ChatRepliesOptions extends SendMessageParts {
  readonly store: Pick<Store, 'onAppend'>
  readonly queue: Pick<Queue, 'add' | 'why'>
  readonly conversations: Pick<Conversations, 'find' | 'inTurn'>
  /** In a folder; without one, those that are everywhere. */
  readonly agentTypes: (cwd?: string) => readonly AgentType[]
}

/** As the server knows it. */
interface ChatTurn {
  readonly agentType: string
  readonly namesAgent: boolean
  readonly pillar: string | null
  readonly conversationId: string
  readonly userId: string
  readonly message: string
  readonly metadata: Json | null
  readonly cwd: string | null
  readonly model: string | null
  readonly environment: TaskEnvironment | null
}

interface ChatPlace {
  readonly cwd: string | null
  readonly conversationId: string | null
}

/** As the server knows it. */
interface AgentType {
  readonly name: string
  readonly pillars: readonly string[]
}

/** Answers chat messages: each is a turn, a task of kind `chat`, and what becomes of it is told to the one who asked. */
export class ChatReplies {
  readonly #options: ChatRepliesOptions
  /** Task id -> who is told of it. */
  readonly #feeds = new Map<string, TurnFeed>()
  readonly #unsubscribe: () => void

  constructor(options: ChatRepliesOptions) {
    this.#options = options
    this.#unsubscribe = options.store.onAppend((events) => this.#deliver(events))
  }

  async agentTypes({ cwd, conversationId }: ChatPlace): Promise<readonly AgentType[]> {
    const known = conversationId === null ? undefined : await this.#options.conversations.find(conversationId)
    return this.#options.agentTypes(known?.cwd ?? cwd ?? undefined)
  }

  async *answer(turn: ChatTurn): AsyncGenerator<ChatFrame, void, undefined> {
    const id = newTaskId()
    const feed = new TurnFeed()
    // Before the turn is there, so that nothing of it is missed.
    this.#feeds.set(id, feed)
    try {
      const task = await sendMessage(this.#options, {
        id,
        conversation_id: turn.conversationId,
        message: turn.message,
        agent_type: turn.namesAgent ? turn.agentType : null,
        pillar: turn.pillar,
        metadata: turn.metadata,
        cwd: turn.cwd,
        model: turn.model,
        environment: turn.environment,
        user_id: turn.userId,
      })
      yield* turnFrames(task, feed, await this.#held(task))
    } catch (error) {
      yield notTaken(turn, toFailure(error))
    } finally {
      this.#feeds.delete(id)
    }
  }

  /** Takes a fragment of what some task says, to whoever is told of that. */
  deliverDelta(delta: Delta): void {
    if (delta.task_id !== null) this.#feeds.get(delta.task_id)?.addDelta(delta)
  }

  close(): void {
    this.#unsubscribe()
  }

  /** What keeps a turn from starting; empty where nothing does. */
  async #held({ id, conversation_id }: Task): Promise<string> {
    const { conversations, queue } = this.#options
    const known = await conversations.find(conversation_id ?? '')
    const before = [...(known?.turns ?? [])].filter(([other, endSeq]) => endSeq === 0 && other !== id)
    if (before.length > 0)
      return `it waits for the ${before.length === 1 ? 'turn' : `${before.length} turns`} before it`
    return queue
      .why(id)
      .reasons.map(({ message }) => message)
      .join('; ')
  }

  #deliver(events: readonly StoredEvent[]): void {
    if (this.#feeds.size === 0) return
    for (const event of events) {
      if (event.task_id !== null) this.#feeds.get(event.task_id)?.addEvent(event)
    }
  }
}

/** No turn has come of the message. */
const notTaken = ({ agentType, pillar, conversationId }: ChatTurn, failure: Failure): ChatReply =>
  turnError({ agent_type: agentType, pillar, conversation_id: conversationId, task_id: null }, failure)
