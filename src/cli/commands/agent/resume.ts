import type { Command } from 'commander'
import type { Context } from '../../context.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const status = await context.daemon.need((client) => client.call('resumeQueue', {}))
    context.output.result(status, () => 'Resumed: tasks start again.')
  })
}
