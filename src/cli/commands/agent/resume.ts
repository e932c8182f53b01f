import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { nonEmpty } from '../../flags.ts'
import { resumeGroup } from '../../pause-group.ts'

interface Flags {
  readonly group?: string
}

export const define = (command: Command, context: Context): void => {
  command
    .option('--group <name>', 'only the tasks of this group', nonEmpty('--group'))
    .action(async ({ group }: Flags) => {
      if (group !== undefined) return resumeGroup(context, group)
      const status = await context.daemon.need((client) => client.call('resumeQueue', {}))
      context.output.result(status, () => 'Resumed: tasks start again.')
    })
}
