import type { Command } from 'commander'
import { sanitizeLine } from '../../../../protocol/sanitize.ts'
import type { Context } from '../../../context.ts'
import { parseTaskRef } from '../../../flags.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<task>', 'number, id or the beginning of an id', parseTaskRef)
    .action(async (id: string) => {
      const why = await context.daemon.need((client) => client.call('whyTask', { id }))
      context.output.result(why, () => {
        if (why.running) return 'It is running.'
        if (why.reasons.length === 0) return 'Nothing keeps it from running: it is next.'
        return why.reasons.map(({ message }) => `· ${sanitizeLine(message)}`).join('\n')
      })
    })
}
