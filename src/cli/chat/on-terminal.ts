import { homePaths, sparkyHome } from '../../config/home.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import { environmentOf } from '../add-task.ts'
import { currentDirectory } from '../current-directory.ts'
import type { Context } from '../context.ts'
import { usualAgent, usualUser } from '../../protocol/usual-names.ts'
import { agentOfFlags, type ChatFlags, type ChosenAgent } from './chat-flags.ts'
import { chatSource } from './chat-source.ts'
import { chosenConversation, isBeginningOfId } from './chosen-conversation.ts'
import { daemonForChat } from './daemon-for-chat.ts'
import { openMessageHistory } from './message-history.ts'

/** The chat on a screen, until it is left. Leaving it ends no turn: how to come back is said below. */
export const chatOnTerminal = async (context: Context, flags: ChatFlags): Promise<void> => {
  const { shell, output, interrupts } = context
  const userId = flags.user ?? usualUser
  const cwd = currentDirectory()
  const client = await daemonForChat(context)
  const source = chatSource(context, userId, cwd)
  const chosen = agentOfFlags(flags)
  // What is wrong is said now, and not on a screen that is half drawn.
  const id = await chosenConversation(client, flags)
  const { seq } = (await source.status()).store
  const resumed = id === undefined ? null : await findConversation(source, id)
  if (resumed !== null && chosen !== undefined) checkIsWith(resumed, chosen)
  const { runChat } = await import('../../tui/main.tsx')
  interrupts.handOver()
  const end = await runChat({
    source,
    userId,
    agent: chosen ?? { name: usualAgent, pillar: null },
    resumed: resumed && { conversation: resumed, seq },
    newId: id,
    model: flags.model,
    cwd,
    environment: environmentOf(shell.env),
    history: openMessageHistory(homePaths(sparkyHome(shell.env)).chatHistory, userId),
  })
  if (end.conversationId === null) return
  const stillWorks = end.isWorking ? 'The agent works on. ' : ''
  output.note(
    output.noteStyle.dim(
      `${stillWorks}sparky chat --conversation ${sanitizeLine(end.conversationId)} comes back to it.`,
    ),
  )
}

type Source = ReturnType<typeof chatSource>
type Found = Awaited<ReturnType<Source['showConversation']>>

/** Null where a conversation of that name is to begin; what looks like an id of ours has to be one. */
const findConversation = async (source: Source, id: string): Promise<Found | null> => {
  try {
    return await source.showConversation(id)
  } catch (error) {
    const isNew = error instanceof SparkyError && error.code === 'not_found' && !isBeginningOfId(id)
    if (isNew) return null
    throw error
  }
}

const checkIsWith = ({ id, agent, pillar }: Found, chosen: ChosenAgent): void => {
  if (chosen.name === agent && (chosen.pillar === null || chosen.pillar === pillar)) return
  throw new SparkyError(
    'conflict',
    `conversation ${id} is with ${nameOf({ name: agent, pillar })}, not with ${nameOf(chosen)}`,
    { hint: 'Leave --agent and --pillar out to go on with it.' },
  )
}

const nameOf = ({ name, pillar }: ChosenAgent): string => (pillar === null ? name : `${name}/${pillar}`)
