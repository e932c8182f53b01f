import type { Command } from 'commander'
import type { Context } from '../../../context.ts'
import { nonEmpty } from '../../../flags.ts'
import { resumeGroup } from '../../../pause-group.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<name>', 'the name of the group', nonEmpty('NAME'))
    .action((name: string) => resumeGroup(context, name))
}
