import type { Command } from 'commander'
import type { DaemonClient } from '../../../../client/daemon-client.ts'
import { SparkyError } from '../../../../protocol/failure.ts'
import type { Task } from '../../../../protocol/task.ts'
import type { Context } from '../../../context.ts'
import { parseTaskRef } from '../../../flags.ts'
import { presentedText } from '../../../output/presented-text.ts'
import { taskView } from '../../../output/task-view.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<task>', 'number, id or the beginning of an id', parseTaskRef)
    .action(async (id: string) => {
      const { output } = context
      const task = await context.daemon.need((client) => client.call('showTask', { id }))
      const numbers = output.json ? new Map<string, number>() : await numbersOf(task, context.daemon.look())
      const drawing = output.json ? null : await presentedText(task.response_payload?.data, output.place)
      output.result(task, () => taskView(task, output.style, { numbers, drawing }))
    })
}

/** The numbers of the tasks that it waits for or was added by, by their ids; those that were removed are left out. */
const numbersOf = async (
  { depends_on, parent_id }: Task,
  client: DaemonClient,
): Promise<ReadonlyMap<string, number>> => {
  const found = await Promise.all(
    [...depends_on, ...(parent_id === null ? [] : [parent_id])].map(async (id) => {
      try {
        return await client.call('showTask', { id })
      } catch (error) {
        if (error instanceof SparkyError && error.code === 'not_found') return null
        throw error
      }
    }),
  )
  return new Map(found.flatMap((task) => (task === null ? [] : [[task.id, task.number] as const])))
}
