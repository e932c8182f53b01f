import { SparkyError } from '../../protocol/failure.ts'
import type { KnownConversation } from './known-conversation.ts'

/** With whom a conversation is. */
export type Partner = Pick<KnownConversation, 'agent' | 'pillar'>

/** Conversations that begin in this moment: what was promised to their first turns holds before the log knows them. */
export class Beginnings {
  readonly #promised = new Map<string, { readonly partner: Partner; count: number }>()

  /**
   * Throws `conflict` where the conversation is with another: as the log knows it (`present`), or as it begins. One that
   * begins stays promised to this one until the function that is returned has been called.
   */
  join(id: string, partner: Partner, present: Partner | undefined): () => void {
    const beginning = this.#promised.get(id)
    const other = present ?? beginning?.partner
    if (other !== undefined && !isSame(other, partner)) {
      throw new SparkyError(
        'conflict',
        `conversation "${id}" is with ${nameOf(other)}, so it cannot go on with ${nameOf(partner)}`,
        { hint: 'Use another conversation_id, or none.' },
      )
    }
    const promised = beginning ?? { partner, count: 0 }
    promised.count += 1
    this.#promised.set(id, promised)
    return () => {
      promised.count -= 1
      if (promised.count === 0) this.#promised.delete(id)
    }
  }
}

const isSame = (one: Partner, other: Partner): boolean =>
  one.agent === other.agent && one.pillar === other.pillar

const nameOf = ({ agent, pillar }: Partner): string => (pillar === null ? agent : `${agent}/${pillar}`)
