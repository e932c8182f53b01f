import type { AttemptParts } from '../../../src/daemon/agent/attempt-parts.ts'
import { runAttempt } from '../../../src/daemon/agent/attempt.ts'
import { defaultAgent } from '../../../src/daemon/definitions/built-in.ts'
import type { Model } from '../../../src/daemon/models/model.ts'
import type { QueueSettings } from '../../../src/daemon/queue/queue.ts'
import type { RunningAttempt } from '../../../src/daemon/queue/running-attempt.ts'
import type { Store } from '../../../src/daemon/store/store.ts'
import { runShell } from '../../../src/daemon/tools/run-shell.ts'
import type { Delta, StoredEvent } from '../../../src/protocol/event.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { openQueue, type TestQueue } from '../../support/queue.ts'
import { smallTools, type SmallTools } from './small-tools.ts'

export interface TestAgent extends TestQueue, SmallTools {
  readonly parts: AttemptParts
  readonly deltas: Delta[]
  /** Claims the next task and runs it to its end. */
  run(hardStop?: AbortSignal): Promise<Task>
  claim(): Promise<RunningAttempt>
  /** Runs what was claimed to its end. */
  finish(attempt: RunningAttempt): Promise<void>
  eventsOf(task: Pick<Task, 'id'>): Promise<StoredEvent[]>
}

/** The agent on a real store, with a model of the test's and small tools; retries do not wait. */
export const openAgent = async (
  model: Model,
  fields: Partial<AttemptParts> = {},
  settings: Partial<QueueSettings> = {},
): Promise<TestAgent> => {
  const queue = await openQueue({ defaultModel: 'test/scripted', ...settings })
  const tools = smallTools()
  const deltas: Delta[] = []
  const parts: AttemptParts = {
    store: queue.store,
    queue: queue.queue,
    modelFor: async () => model,
    agentOf: () => defaultAgent,
    agents: () => [],
    notes: () => [],
    tools: async () => ({ tools: tools.tools, problems: [] }),
    earlier: async () => [],
    toolSurroundings: () => ({ runShell, queue: noQueue, search: null }),
    environment: { PATH: process.env['PATH'] },
    onDelta: (delta) => deltas.push(delta),
    log: { info: () => {}, warn: () => {}, error: () => {} },
    budgetStop: async () => null,
    stallTimeoutMs: () => 900_000,
    retryTiming: { wait: async () => {}, backoff: (tries) => tries * 1000 },
    ...fields,
  }
  const claim = async (): Promise<RunningAttempt> => {
    const attempt = await queue.queue.claim()
    if (attempt === undefined) throw new Error('expected a task to claim, found none')
    return attempt
  }
  return {
    ...queue,
    ...tools,
    parts,
    deltas,
    claim,
    finish: (attempt) => runAttempt(attempt, parts, new AbortController().signal),
    run: async (hardStop = new AbortController().signal) => {
      const attempt = await claim()
      await runAttempt(attempt, parts, hardStop)
      return queue.store.resolve(attempt.task.id)
    },
    eventsOf: (task) => eventsOf(queue.store, task),
  }
}

const noQueue = {
  add: () => Promise.reject(new Error('no queue in this test')),
  list: () => Promise.resolve([]),
  get: () => Promise.reject(new Error('no queue in this test')),
}

export const eventsOf = async (store: Store, task: Pick<Task, 'id'>): Promise<StoredEvent[]> => {
  const all: StoredEvent[] = []
  for await (const events of store.events({ after: 0, taskId: task.id })) all.push(...events)
  return all
}

/** Events as short lines, to compare a whole history at a glance. */
export const told = (events: readonly StoredEvent[]): string[] => events.map(line)

const line = (event: StoredEvent): string => [event.type, ...detailsOf(event)].join(' ')

const detailsOf = ({ type, data }: StoredEvent): readonly (string | number)[] => {
  if (type === 'status') return [data.status]
  if (type === 'progress') return data.note === null ? [data.step] : [data.step, data.note]
  if (type === 'thought' || type === 'message') return [data.text]
  if (type === 'tool_use') return [data.call_id, data.name, JSON.stringify(data.args)]
  if (type === 'tool_result') return [data.call_id, data.status, JSON.stringify(data.result)]
  return type === 'error' ? [data.code, data.message] : []
}
