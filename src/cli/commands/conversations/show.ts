import type { Command } from 'commander'
import type { ConversationTurn } from '../../../protocol/conversation.ts'
import type { Json } from '../../../protocol/task.ts'
import type { Context } from '../../context.ts'
import { conversationView } from '../../output/conversation-view.ts'
import type { Output } from '../../output/output.ts'
import { presentedText } from '../../output/presented-text.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<conversation>', 'its id, a unique prefix of it, or last')
    .action(async (conversation_id: string) => {
      const { daemon, output } = context
      const shown = await daemon.need((client) => client.call('showConversation', { conversation_id }))
      const drawings = output.json ? new Map<Json, string>() : await drawingsOf(shown.history, output)
      output.result(shown, () => conversationView(shown, output.style, drawings))
    })
}

/** What was presented in these turns, drawn. */
const drawingsOf = async (
  turns: readonly ConversationTurn[],
  output: Output,
): Promise<ReadonlyMap<Json, string>> => {
  const drawings = new Map<Json, string>()
  for (const shown of turns.flatMap(({ presented }) => presented)) {
    const drawing = await presentedText(shown, output.place)
    if (drawing !== null) drawings.set(shown, drawing)
  }
  return drawings
}
