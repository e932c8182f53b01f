import type { Conversation } from '../../protocol/conversation.ts'

/** What is known of a conversation without a look at its events. */
export interface KnownConversation {
  readonly id: string
  readonly agent: string
  readonly pillar: string | null
  readonly userId: string
  readonly cwd: string
  readonly createdAt: string
  title: string
  updatedAt: string
  /** `seq` of what has happened in it last. */
  updatedSeq: number
  /** Task id of each turn, in the order in which they were added -> `seq` of its end; 0 while it is not over. */
  readonly turns: Map<string, number>
  /** Ids of the tasks that turns have delegated, and those have. */
  readonly parts: Set<string>
  /** In the order of `seq`. */
  compactions: readonly KnownCompaction[]
}

/** Where it stands that earlier turns were summarised. */
export interface KnownCompaction {
  readonly taskId: string
  readonly seq: number
  /** It stands for the turns that have ended up to this `seq`. */
  readonly throughSeq: number
}

/** What stands beside a `compaction` in its `private` member. */
export interface CompactionFacts {
  readonly throughSeq: number
}

export const conversationOf = (known: KnownConversation): Conversation => ({
  id: known.id,
  agent: known.agent,
  pillar: known.pillar,
  title: known.title,
  user_id: known.userId,
  cwd: known.cwd,
  turns: known.turns.size,
  active: isActive(known),
  created_at: known.createdAt,
  updated_at: known.updatedAt,
  last_task_id: [...known.turns.keys()].at(-1) ?? null,
})

/** Whether a turn is under way, or waits to be. */
export const isActive = ({ turns }: Pick<KnownConversation, 'turns'>): boolean => {
  for (const endSeq of turns.values()) if (endSeq === 0) return true
  return false
}

/** Turns that are over, in the order in which they have ended: as they ran one after the other, that in which they ran. */
export const pastTurns = ({ turns }: Pick<KnownConversation, 'turns'>): { id: string; endSeq: number }[] =>
  [...turns]
    .flatMap(([id, endSeq]) => (endSeq === 0 ? [] : [{ id, endSeq }]))
    .sort((one, other) => one.endSeq - other.endSeq)

/** As it is kept in a file. */
export interface KeptConversation extends Omit<KnownConversation, 'turns' | 'parts'> {
  readonly turns: readonly (readonly [string, number])[]
  readonly parts: readonly string[]
}

export const keptOf = (known: KnownConversation): KeptConversation => ({
  ...known,
  turns: [...known.turns],
  parts: [...known.parts],
})

export const knownOf = (kept: KeptConversation): KnownConversation => ({
  ...kept,
  turns: new Map(kept.turns),
  parts: new Set(kept.parts),
})
