import type { Command } from 'commander'
import type { Context } from '../../../context.ts'
import { changeTasks } from '../../../change-tasks.ts'

export const define = (command: Command, context: Context): void => {
  command.argument('<task...>', 'numbers, ids or beginnings of ids').action((refs: string[]) =>
    changeTasks(context, refs, {
      change: (client, id) => client.call('removeTask', { id }),
      text: (task) => `Task ${task.number} removed.`,
    }),
  )
}
