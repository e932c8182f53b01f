import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import type { Lane } from '../../../src/daemon/queue/claims.ts'
import { Queue } from '../../../src/daemon/queue/queue.ts'
import type { QueueSettings } from '../../../src/daemon/queue/queue-settings.ts'
import type { RunningAttempt } from '../../../src/daemon/queue/running-attempt.ts'
import { transitions } from '../../../src/daemon/queue/transitions.ts'
import { claimantOf } from '../../../src/daemon/store/active-tasks.ts'
import { openEmbeddedStore } from '../../../src/daemon/store/embedded/embedded-store.ts'
import type { Store } from '../../../src/daemon/store/store.ts'
import { applyEvent } from '../../../src/protocol/fold.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { foldByContract } from '../../support/contract-fold.ts'
import { plainSettings } from '../../support/queue.ts'
import { allEvents } from '../../support/store-fixtures.ts'
import { groupLimits, slots } from './queue-model.ts'

/** A real queue on a real store that can be restarted, and the attempts that its callers have claimed. */
export class QueueUnderTest {
  readonly attempts = new Map<number, RunningAttempt>()
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-model-'))
  nowMs: number
  store!: Store
  queue!: Queue

  constructor(nowMs: number) {
    this.nowMs = nowMs
  }

  async open(): Promise<this> {
    this.store = await openEmbeddedStore({ directory: path.join(this.#folder, 'store') })
    this.queue = new Queue({
      store: this.store,
      settings: () => this.#settings,
      now: () => new Date(this.nowMs),
    })
    this.attempts.clear()
    await this.queue.recover()
    return this
  }

  /** As after a `kill -9`: nobody settles what ran. */
  async restart(): Promise<void> {
    await this.store.close()
    await this.open()
  }

  async close(): Promise<void> {
    await this.store.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async claim(lane: Lane): Promise<RunningAttempt | undefined> {
    return this.#noted(await this.queue.claim(lane))
  }

  async claimDelegated(number: number): Promise<RunningAttempt | undefined> {
    return this.#noted(await this.queue.claimDelegated(this.store.resolve(String(number)).id))
  }

  #noted(attempt: RunningAttempt | undefined): RunningAttempt | undefined {
    if (attempt !== undefined) this.attempts.set(attempt.task.number, attempt)
    return attempt
  }

  async all(): Promise<readonly Task[]> {
    return (await this.store.tasks({ limit: 1_000_000 })).tasks.toReversed()
  }

  get #settings(): QueueSettings {
    return { ...plainSettings(this.#folder), concurrency: slots, groupConcurrency: groupLimits }
  }
}

/**
 * Everything that ever happened, event by event: numbered without gaps, each change of status legal, and no moment at
 * which more ran than may or one lock had two holders. Folding it all gives the tasks that the store shows.
 */
export const checkHistory = async (real: QueueUnderTest): Promise<void> => {
  const folded = new Map<string, Task>()
  let seq = 0
  for (const event of await allEvents(real.store)) {
    expect(event.seq).toBe((seq += 1))
    // What was removed shows its numbers only.
    if (event.task_id === null || event.type === 'task_removed') continue
    const before = folded.get(event.task_id)
    if (event.type === 'status') {
      expect([event.data.previous, event.seq]).toEqual([before?.status, event.seq])
      expect(transitions[event.data.previous]).toContain(event.data.status)
    }
    const after = applyEvent(before, event)
    if (after !== undefined) folded.set(event.task_id, after)
    if (event.type === 'status' && event.data.status === 'in_progress') checkLimits([...folded.values()])
  }
  expect([...folded.values()].sort((a, b) => a.number - b.number)).toEqual(await real.all())
  expect(new Map((await real.all()).map((task) => [task.id, task]))).toEqual(
    foldByContract(await allEvents(real.store)),
  )
}

const checkLimits = (tasks: readonly Task[]): void => {
  const running = tasks.filter((task) => task.status === 'in_progress' && claimantOf(task) === 'loop')
  expect(running.length).toBeLessThanOrEqual(slots)
  for (const [group, limit] of Object.entries(groupLimits))
    expect(running.filter((task) => task.group === group).length).toBeLessThanOrEqual(limit)
  const locks = tasks
    .filter(({ status }) => status === 'in_progress' || status === 'waiting')
    .flatMap((task) => task.locks)
  expect(locks).toHaveLength(new Set(locks).size)
}
