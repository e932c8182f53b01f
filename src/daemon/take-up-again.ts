import { endLeftoversOf } from './agent/history.ts'
import type { Log } from './lifecycle/log.ts'
import type { Queue } from './queue/queue.ts'
import type { Store } from './store/store.ts'

/** Takes back what an earlier daemon left in progress, and ends the commands that it left running. */
export const takeUpAgain = async ({
  queue,
  store,
  log,
}: {
  queue: Queue
  store: Store
  log: Log
}): Promise<void> => {
  const tasks = await queue.recover()
  for (const { number, progress } of tasks) {
    log.info({ task: number, step: progress.step }, 'Task taken up again after the last finished step')
  }
  await endLeftoversOf(tasks, store, ({ number }, { pid }) => {
    log.info({ task: number, process: pid }, 'Ended a command that an earlier daemon had left running')
  })
}
