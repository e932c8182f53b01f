import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { conversationView } from '../../output/conversation-view.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<conversation>', 'its id, a unique prefix of it, or last')
    .action(async (conversation_id: string) => {
      const { daemon, output } = context
      const shown = await daemon.need((client) => client.call('showConversation', { conversation_id }))
      output.result(shown, () => conversationView(shown, output.style))
    })
}
