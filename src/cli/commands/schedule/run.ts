import type { Command } from 'commander'
import type { Context } from '../../context.ts'

export const define = (command: Command, context: Context): void => {
  command.argument('<name>', 'the name of a schedule').action(async (name: string) => {
    const { daemon, output } = context
    const task = await daemon.need((client) => client.call('runSchedule', { name }))
    output.result(task, () => `Task ${task.number} added (schedule ${name}).`)
  })
}
