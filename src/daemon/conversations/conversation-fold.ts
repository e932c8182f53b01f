import type { StoredEvent } from '../../protocol/event.ts'
import { isFinal, type Task } from '../../protocol/task.ts'
import { usualUser } from '../../protocol/usual-names.ts'
import { claimantOf } from '../store/active-tasks.ts'
import {
  keptOf,
  knownOf,
  type CompactionFacts,
  type KeptConversation,
  type KnownConversation,
} from './known-conversation.ts'
import { titleOf } from './title.ts'

/** As it is kept in a file. */
export interface KeptFold {
  readonly conversations: readonly KeptConversation[]
  readonly names: Readonly<Record<string, string>>
}

/** All conversations, as a fold of the store's events, which must come in order of `seq`. */
export class ConversationFold {
  readonly #conversations = new Map<string, KnownConversation>()
  /** Id of a task -> the conversation that it is a turn of, or was delegated in. */
  readonly #ofTask = new Map<string, KnownConversation>()
  /** Id of a conversation -> what its user calls it. Stays until the conversation is removed as a whole. */
  readonly #names = new Map<string, string>()

  static from({ conversations, names }: KeptFold): ConversationFold {
    const fold = new ConversationFold()
    for (const [id, name] of Object.entries(names)) fold.#names.set(id, name)
    for (const conversation of conversations) {
      const known = knownOf(conversation)
      fold.#conversations.set(known.id, known)
      for (const id of [...known.turns.keys(), ...known.parts]) fold.#ofTask.set(id, known)
    }
    return fold
  }

  get all(): Iterable<KnownConversation> {
    return this.#conversations.values()
  }

  get(id: string): KnownConversation | undefined {
    return this.#conversations.get(id)
  }

  ofTask(taskId: string): KnownConversation | undefined {
    return this.#ofTask.get(taskId)
  }

  kept(): KeptFold {
    return {
      conversations: [...this.#conversations.values()].map(keptOf),
      names: Object.fromEntries(this.#names),
    }
  }

  /** Whether the event changed anything. */
  add(event: StoredEvent): boolean {
    if (event.type === 'task_added') return this.#addTask(event.data.task, event)
    if (event.type === 'queue_changed') return this.#change(event.data['conversation'])
    const known = event.task_id === null ? undefined : this.#ofTask.get(event.task_id)
    if (known === undefined || event.task_id === null) return false
    if (event.type === 'task_removed') {
      this.#removeTask(known, event.task_id)
      return true
    }
    if (!known.turns.has(event.task_id)) return false
    if (event.type === 'status') {
      known.turns.set(event.task_id, isFinal(event.data.status) ? event.seq : 0)
    } else if (event.type === 'compaction') {
      const { throughSeq } = (event.private ?? { throughSeq: 0 }) as CompactionFacts
      known.compactions = [...known.compactions, { taskId: event.task_id, seq: event.seq, throughSeq }]
    } else if (event.type !== 'message') {
      return false
    }
    touch(known, event)
    return true
  }

  #addTask(task: Task, event: StoredEvent): boolean {
    if (claimantOf(task) === 'parent') {
      const known = task.parent_id === null ? undefined : this.#ofTask.get(task.parent_id)
      if (known === undefined) return false
      known.parts.add(task.id)
      this.#ofTask.set(task.id, known)
      return true
    }
    if (task.conversation_id === null) return false
    const known =
      this.#conversations.get(task.conversation_id) ?? this.#begin(task, task.conversation_id, event)
    this.#conversations.set(known.id, known)
    known.turns.set(task.id, isFinal(task.status) ? event.seq : 0)
    this.#ofTask.set(task.id, known)
    touch(known, event)
    return true
  }

  #begin(task: Task, id: string, { ts, seq }: StoredEvent): KnownConversation {
    const { pillar, user_id: userId } = task.request_payload
    return {
      id,
      agent: task.agent,
      pillar: typeof pillar === 'string' ? pillar : null,
      userId: typeof userId === 'string' ? userId : usualUser,
      cwd: task.cwd,
      createdAt: ts,
      title: this.#names.get(id) ?? titleOf(task.prompt),
      updatedAt: ts,
      updatedSeq: seq,
      turns: new Map(),
      parts: new Set(),
      compactions: [],
    }
  }

  /** A conversation that has no turns is none. */
  #removeTask(known: KnownConversation, taskId: string): void {
    known.turns.delete(taskId)
    known.parts.delete(taskId)
    known.compactions = known.compactions.filter((compaction) => compaction.taskId !== taskId)
    this.#ofTask.delete(taskId)
    if (known.turns.size > 0) return
    this.#conversations.delete(known.id)
    for (const id of known.parts) this.#ofTask.delete(id)
  }

  #change(change: unknown): boolean {
    if (typeof change !== 'object' || change === null) return false
    const { id, title, removed } = change as Readonly<Record<string, unknown>>
    if (typeof id !== 'string') return false
    if (removed === true) return this.#names.delete(id)
    if (typeof title !== 'string') return false
    this.#names.set(id, title)
    const known = this.#conversations.get(id)
    if (known !== undefined) known.title = title
    return true
  }
}

const touch = (known: KnownConversation, { ts, seq }: StoredEvent): void => {
  known.updatedAt = ts
  known.updatedSeq = seq
}
