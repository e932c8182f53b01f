import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { nonEmpty } from '../../flags.ts'
import { pauseGroup } from '../../pause-group.ts'

interface Flags {
  readonly group?: string
}

export const define = (command: Command, context: Context): void => {
  command
    .option('--group <name>', 'only the tasks of this group', nonEmpty('--group'))
    .action(async ({ group }: Flags) => {
      if (group !== undefined) return pauseGroup(context, group)
      await context.daemon.needBeforeClaims((client) => client.call('pauseQueue', {}))
      const status = await context.daemon.look().call('status', {})
      context.output.result(
        status,
        () => 'Paused: no new task starts until "sparky agent resume". Running ones go on.',
      )
    })
}
