import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { nonEmpty, wholeNumber } from '../../flags.ts'
import { printConversationTable } from '../../output/conversation-table.ts'

interface Flags {
  readonly user?: string
  readonly agent?: string
  readonly limit: number
  readonly all?: boolean
}

const usualLimit = 50

export const define = (command: Command, context: Context): void => {
  command
    .option('--user <name>', 'only those of this user', nonEmpty('--user'))
    .option('--agent <name>', 'only those with this agent', nonEmpty('--agent'))
    .option('--limit <n>', 'at most so many', wholeNumber('--limit', { min: 1 }), usualLimit)
    .option('--all', 'all of them')
    .action(async ({ user: user_id, agent, limit, all }: Flags) => {
      const { daemon, output } = context
      const { conversations } = await daemon.need((client) =>
        client.call('listConversations', {
          ...(user_id !== undefined && { user_id }),
          ...(agent !== undefined && { agent }),
          ...(all !== true && { limit }),
        }),
      )
      if (output.json) return output.value(conversations)
      if (conversations.length === 0) return output.note('No conversations.')
      return printConversationTable(conversations, output, Date.now())
    })
}
