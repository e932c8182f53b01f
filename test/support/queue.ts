import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { retrySettings } from '../../src/config/retry-settings.ts'
import { Conversations } from '../../src/daemon/conversations/conversations.ts'
import { Queue, type QueueSettings } from '../../src/daemon/queue/queue.ts'
import { openEmbeddedStore } from '../../src/daemon/store/embedded/embedded-store.ts'
import type { Store } from '../../src/daemon/store/store.ts'
import { SparkyError } from '../../src/protocol/failure.ts'
import { addTaskBody, type AddTaskBody } from '../../src/protocol/new-task.ts'
import type { Task } from '../../src/protocol/task.ts'

export interface TestQueue {
  readonly queue: Queue
  readonly conversations: Conversations
  readonly store: Store
  readonly settings: QueueSettings
  add(prompt: string, body?: Partial<AddTaskBody>): Promise<Task>
  /** Moves the clock of the queue. */
  setNow(now: Date): void
}

/** A queue on a real store in a folder of its own, both gone with the test. */
export const openQueue = async (settings: Partial<QueueSettings> = {}): Promise<TestQueue> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-queue-'))
  const store = await openEmbeddedStore({ directory: path.join(folder, 'store') })
  const conversations = new Conversations({
    store,
    file: noFile,
    onTrouble: (error) => {
      throw error
    },
  })
  onTestFinished(async () => {
    await conversations.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  let now: Date | undefined
  const complete = { ...plainSettings(folder), ...settings }
  const queue = new Queue({ store, settings: () => complete, now: () => now ?? new Date(), conversations })
  return {
    queue,
    conversations,
    store,
    settings: complete,
    add: (prompt, body = {}) => queue.add(addTaskBody.parse({ prompt, ...body })),
    setNow: (next) => {
      now = next
    },
  }
}

const noFile = { read: () => Promise.reject(new Error('there is none')), write: () => Promise.resolve() }

/** What holds where nobody has configured anything, with tasks in `cwd`. */
export const plainSettings = (cwd: string): QueueSettings => ({
  loopOn: true,
  concurrency: 2,
  groupConcurrency: {},
  defaultModel: 'offline/demo',
  retries: retrySettings(),
  budgets: { over: () => null, reset: null },
  taskDefaults: {
    modelName: (name) => name,
    chooseAgent: ({ agent = 'default', pillar = null }) => {
      if (!['default', 'guide', 'liaison'].includes(agent))
        throw new SparkyError('not_found', `no agent "${agent}"`)
      return { name: agent, pillar, model: null, limits: {} }
    },
    cwd,
    groupLimits: {},
    maxAttempts: 1,
    limits: { max_steps: 50, max_tokens: null, max_cost_usd: null, timeout_s: null },
  },
})

/** The statuses that a task went through, from its events. */
export const statusesOf = async (store: Store, task: Task): Promise<string[]> => {
  const statuses: string[] = []
  for await (const events of store.events({ after: 0, taskId: task.id })) {
    for (const event of events) {
      if (event.type === 'task_added') statuses.push(event.data.task.status)
      if (event.type === 'status') statuses.push(event.data.status)
    }
  }
  return statuses
}
