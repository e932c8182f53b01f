import type { Command } from 'commander'
import type { Context } from '../../../context.ts'
import { parseTaskRef } from '../../../flags.ts'
import { taskView } from '../../../output/task-view.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<task>', 'number, id or the beginning of an id', parseTaskRef)
    .action(async (id: string) => {
      const { output } = context
      const task = await context.daemon.need((client) => client.call('showTask', { id }))
      output.result(task, () => taskView(task, output.style))
    })
}
