import type { DaemonClient } from '../../client/daemon-client.ts'
import type { Conversation } from '../../protocol/conversation.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { usualUser } from '../../protocol/usual-names.ts'
import { agentOfFlags, type ChatFlags } from './chat-flags.ts'

/**
 * The id of the conversation that the flags name, undefined where they name none: the user's last one (with the agent
 * that is named, if one is), one by its id, or by the beginning of an id that Sparky made. Any other name is the id of
 * a conversation that begins now: scripts may choose their own. Throws `not_found` where there is no last one.
 */
export const chosenConversation = async (
  client: DaemonClient,
  flags: ChatFlags,
): Promise<string | undefined> => {
  const { conversation: ref, user: user_id = usualUser } = flags
  if (ref === undefined) return undefined
  if (ref !== 'last' && !isBeginningOfId(ref)) return ref
  const agent = agentOfFlags(flags)
  const { conversations } = await client.call('listConversations', {
    user_id,
    ...(agent && { agent: agent.name }),
  })
  if (ref === 'last') return lastOf(conversations, agent?.pillar ?? null).id
  const fitting = conversations.filter(({ id }) => id.startsWith(ref.toLowerCase()))
  const exact = fitting.find(({ id }) => id === ref.toLowerCase())
  if (exact === undefined && fitting.length > 1) {
    throw new SparkyError('usage', `"${ref}" fits ${fitting.length} conversations`, {
      hint: 'Give more of the id.',
    })
  }
  return exact?.id ?? fitting[0]?.id ?? ref
}

/** As ids of ours begin; a name that a person chooses hardly does. */
export const isBeginningOfId = (ref: string): boolean => /^[0-9a-f]{8}(-[0-9a-f-]*)?$/i.test(ref)

const lastOf = (conversations: readonly Conversation[], pillar: string | null): Conversation => {
  const last = conversations.find((conversation) => pillar === null || conversation.pillar === pillar)
  if (last !== undefined) return last
  throw new SparkyError('not_found', 'no conversation to go on with', {
    hint: 'Without --conversation a new one begins.',
  })
}
