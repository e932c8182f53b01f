import type { DaemonClient } from '../client/daemon-client.ts'
import type { Task } from '../protocol/task.ts'
import type { Context } from './context.ts'
import { parseTaskRef } from './flags.ts'

interface Change {
  readonly change: (client: DaemonClient, id: string) => Promise<Task>
  readonly text: (task: Task) => string
}

/**
 * Does the same to each task, in the order given. All must exist before anything is done to one. JSON is the task,
 * or an array where several were named.
 */
export const changeTasks = async (
  { daemon, output }: Context,
  refs: readonly string[],
  { change, text }: Change,
): Promise<void> => {
  const ids = refs.map(parseTaskRef)
  const changed: Task[] = []
  await daemon.needBeforeClaims(async (client) => {
    if (ids.length > 1) for (const id of ids) await client.call('showTask', { id })
    for (const id of ids) {
      const task = await change(client, id)
      changed.push(task)
      if (!output.json) output.line(text(task))
    }
  })
  if (output.json) output.value(changed.length === 1 ? changed[0] : changed)
}
