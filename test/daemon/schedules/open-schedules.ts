import { onTestFinished } from 'vitest'
import { Scheduler } from '../../../src/daemon/schedules/scheduler.ts'
import { Schedules } from '../../../src/daemon/schedules/schedules.ts'
import { addScheduleBody, type AddScheduleBody, type Schedule } from '../../../src/protocol/schedule.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { openQueue, type TestQueue } from '../../support/queue.ts'
import { slotOf } from '../../support/slot-of.ts'

export interface TestSchedules extends TestQueue {
  readonly schedules: Schedules
  /** Warnings and worse. */
  readonly logged: readonly { readonly message: string; readonly fields: Record<string, unknown> }[]
  schedule(name: string, body: Partial<AddScheduleBody>): Promise<Schedule>
  /** The clock stands at this time, and the scheduler has looked at it. */
  at(time: string): Promise<void>
  /** A daemon that ended and another one: nothing but the store is kept. The clock may have moved meanwhile. */
  restart(time: string): Promise<void>
  /** Only queue and store go on, as nothing does for long. */
  stop(): Promise<void>
  /** Tasks of schedules, oldest first. */
  added(): Promise<readonly Task[]>
  /** The times of schedules that have tasks, read from the ids of the tasks. */
  slots(): Promise<readonly string[]>
  /** Takes the next task and ends it so. */
  finish(status: 'completed' | 'failed'): Promise<Task>
}

/** Schedules on a real queue and store, with a clock that stands still unless it is moved. */
export const openSchedules = async (time: string): Promise<TestSchedules> => {
  const testQueue = await openQueue({ concurrency: 1000 })
  const { queue, store, settings, setNow } = testQueue
  let now = new Date(time)
  const logged: { message: string; fields: Record<string, unknown> }[] = []
  const write = (fields: object, message: string): void => {
    logged.push({ message, fields: { ...fields } })
  }
  const options = { store, taskDefaults: () => settings.taskDefaults, now: () => now }
  const log = { info: () => undefined, warn: write, error: write }
  const newScheduler = (): Scheduler => new Scheduler({ ...options, log })
  const schedules = new Schedules(options)
  let scheduler = newScheduler()
  scheduler.start()
  onTestFinished(() => scheduler.stop())
  const move = (to: string): void => {
    now = new Date(to)
    setNow(now)
  }
  move(time)
  const added = async (): Promise<readonly Task[]> =>
    (await store.tasks({ limit: 10_000 })).tasks.filter(({ schedule }) => schedule !== null).reverse()
  return {
    ...testQueue,
    schedules,
    logged,
    schedule: (name, body) =>
      schedules.add(addScheduleBody.parse({ name, prompt: 'Do it', timezone: 'UTC', ...body })),
    at: async (to) => {
      move(to)
      await scheduler.nudge()
    },
    restart: async (to) => {
      await scheduler.stop()
      move(to)
      scheduler = newScheduler()
      scheduler.start()
      await scheduler.nudge()
    },
    stop: () => scheduler.stop(),
    added,
    slots: async () => (await added()).map(slotOf),
    finish: async (status) => {
      const attempt = await queue.claim()
      if (attempt === undefined) throw new Error('expected a task that may start, found none')
      await attempt.settle(
        status === 'completed'
          ? { kind: 'completed', answer: 'Done.', data: null }
          : { kind: 'failed', error: { code: 'tool_failed', message: 'no', retryable: false } },
      )
      await scheduler.nudge()
      return store.resolve(attempt.task.id)
    },
  }
}
