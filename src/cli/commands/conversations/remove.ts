import type { Command } from 'commander'
import type { Conversation } from '../../../protocol/conversation.ts'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Context } from '../../context.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<conversation...>', 'ids, unique prefixes of them, or last')
    .action(async (refs: string[]) => {
      const { daemon, output } = context
      const removed: Conversation[] = []
      await daemon.need(async (client) => {
        // All must exist before anything is done to one; and of two removals the last is not the same.
        const ids: string[] = []
        for (const ref of refs) ids.push((await client.call('showConversation', { conversation_id: ref })).id)
        for (const conversation_id of new Set(ids)) {
          const conversation = await client.call('removeConversation', { conversation_id })
          removed.push(conversation)
          if (!output.json)
            output.line(
              `Conversation ${sanitizeLine(conversation.id)} ("${sanitizeLine(conversation.title)}") removed.`,
            )
        }
      })
      if (output.json) output.value(removed.length === 1 ? removed[0] : removed)
    })
}
