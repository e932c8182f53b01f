import type { Command } from 'commander'
import type { Context } from '../../context.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const status = await context.daemon.need((client) => client.call('pauseQueue', {}))
    context.output.result(
      status,
      () => 'Paused: no new task starts until "sparky agent resume". Running ones go on.',
    )
  })
}
