import type { Command } from 'commander'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Context } from '../../context.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<conversation>', 'its id, a unique prefix of it, or last')
    .argument('<title...>', 'what it is to be called')
    .action(async (conversation_id: string, words: string[]) => {
      const { daemon, output } = context
      const conversation = await daemon.need((client) =>
        client.call('renameConversation', { conversation_id, title: words.join(' ') }),
      )
      output.result(
        conversation,
        () =>
          `Conversation ${sanitizeLine(conversation.id)} is called "${sanitizeLine(conversation.title)}" now.`,
      )
    })
}
