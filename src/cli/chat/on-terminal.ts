import { homePaths, sparkyHome } from '../../config/home.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import { environmentOf } from '../add-task.ts'
import { currentDirectory } from '../current-directory.ts'
import type { Context } from '../context.ts'
import { agentOfFlags, usualAgent, usualUser, type ChatFlags } from './chat-flags.ts'
import { chatSource } from './chat-source.ts'
import { daemonForChat } from './daemon-for-chat.ts'
import { openMessageHistory } from './message-history.ts'

/** The chat on a screen, until it is left. Leaving it ends no turn: how to come back is said below. */
export const chatOnTerminal = async (context: Context, flags: ChatFlags): Promise<void> => {
  const { shell, output, interrupts } = context
  const userId = flags.user ?? usualUser
  const cwd = currentDirectory()
  await daemonForChat(context)
  const source = chatSource(context, userId, cwd)
  const chosen = agentOfFlags(flags)
  // What is wrong is said now, and not on a screen that is half drawn.
  const resumed = flags.conversation === undefined ? null : await source.showConversation(flags.conversation)
  const agent = resumed === null ? chosen : { name: resumed.agent, pillar: resumed.pillar }
  const { runChat } = await import('../../tui/main.tsx')
  interrupts.handOver()
  const end = await runChat({
    source,
    userId,
    agent: agent ?? { name: usualAgent, pillar: null },
    resumed,
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
