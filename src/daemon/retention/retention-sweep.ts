import type { Retention } from '../../config/settings.ts'
import { isFinal } from '../../protocol/task.ts'
import type { Log } from '../lifecycle/log.ts'
import type { Queue } from '../queue/queue.ts'
import { partOf } from '../queue/removals.ts'
import type { FinishedTask, Store } from '../store/store.ts'
import { pastRetention, type RetentionDecision } from './past-retention.ts'

export interface RetentionSweepOptions {
  readonly store: Store
  readonly queue: Pick<Queue, 'removeFinished'>
  /** Asked anew for each sweep, so that a changed configuration counts at once. */
  readonly retention: () => Retention
  /** What has ended up to this `seq` has been told to everybody who is to be told. */
  readonly deliveredUpTo: () => number
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly now?: () => Date
}

/** So many tasks are removed in one batch, so that nobody has to wait for long. */
const batchSize = 200
/** After the end of a task; those that end shortly after it share the sweep. */
const nudgeMs = 250
const longestPauseMs = 60 * 60 * 1000
/** Between two looks at what is past retention, but still needed. */
const neededPauseMs = 60 * 1000

/**
 * Removes finished tasks that are past retention: at the start, after tasks have ended, when the configuration changes,
 * and when the next one comes of age. Where nothing is past, that takes a comparison of counts.
 */
export class RetentionSweep {
  readonly #options: RetentionSweepOptions
  readonly #now: () => Date
  /** Numbers of turns of conversations that it has come across, so that it need not load them again. */
  readonly #turns = new Set<number>()
  readonly #unsubscribe: () => void
  #timer: NodeJS.Timeout | undefined
  #timerAtMs = Infinity
  /** Before this moment nothing comes of age. */
  #nextDueMs = 0
  #hasNeeded = false
  #running: Promise<void> | undefined
  #isClosed = false

  /** Begins at once. */
  constructor(options: RetentionSweepOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
    this.#unsubscribe = options.store.onAppend((events) => {
      if (!events.some(({ type, data }) => type === 'status' && isFinal(data.status))) return
      this.lookAgain()
      this.#sweepIn(nudgeMs)
    })
    this.#sweepIn(0)
  }

  /** Looks at everything anew: what is to be kept has changed. */
  nudge(): void {
    this.#nextDueMs = 0
    this.#sweepIn(nudgeMs)
  }

  /** What stayed only because it was needed may be needed no more. */
  lookAgain(): void {
    if (this.#hasNeeded) this.nudge()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#unsubscribe()
    clearTimeout(this.#timer)
    await this.#running
  }

  #sweepIn(ms: number): void {
    const atMs = performance.now() + ms
    if (this.#isClosed || atMs >= this.#timerAtMs) return
    clearTimeout(this.#timer)
    this.#timerAtMs = atMs
    this.#timer = setTimeout(() => {
      this.#timerAtMs = Infinity
      // One at a time; what ends meanwhile is seen by the next one.
      if (this.#running !== undefined) this.#sweepIn(nudgeMs)
      else this.#running = this.#sweep().finally(() => (this.#running = undefined))
    }, ms).unref()
  }

  async #sweep(): Promise<void> {
    const { log } = this.#options
    try {
      const { removed, pauseMs } = await this.#removePast()
      if (removed > 0)
        log.info({ removed }, `Removed ${removed} ${removed === 1 ? 'task' : 'tasks'} past retention`)
      this.#sweepIn(pauseMs)
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'Tasks past retention could not be removed')
      this.#sweepIn(neededPauseMs)
    }
  }

  async #removePast(): Promise<{ readonly removed: number; readonly pauseMs: number }> {
    const needed = new Set<number>()
    let removed = 0
    while (!this.#isClosed && this.#mayAnyBePast(needed.size)) {
      const decision = this.#decide(needed)
      for (const number of decision.needed) needed.add(number)
      for (const number of decision.turns) this.#turns.add(number)
      const removedNow = await this.#options.queue.removeFinished(decision.past)
      removed += removedNow
      // What could not be removed has become needed in this very moment: the next sweep sees that.
      if (decision.isEnd || removedNow < decision.past.length) {
        this.#nextDueMs = decision.nextDueMs
        break
      }
    }
    this.#hasNeeded = needed.size > 0
    const nowMs = this.#now().getTime()
    if (this.#hasNeeded) this.#nextDueMs = Math.min(this.#nextDueMs, nowMs + neededPauseMs)
    if (this.#options.retention().days === null) return { removed, pauseMs: longestPauseMs }
    return { removed, pauseMs: Math.min(Math.max(this.#nextDueMs - nowMs, nudgeMs), longestPauseMs) }
  }

  #mayAnyBePast(neededCount: number): boolean {
    const { tasks, days } = this.#options.retention()
    if (tasks !== null && this.#finishedCount() - neededCount > tasks) return true
    return days !== null && this.#now().getTime() >= this.#nextDueMs
  }

  #decide(needed: ReadonlySet<number>): RetentionDecision {
    const { store, retention } = this.#options
    const oldest = store.oldestFinished(batchSize, (number) => needed.has(number) || this.#turns.has(number))
    const decision = pastRetention(oldest, {
      retention: retention(),
      finishedCount: this.#finishedCount() - needed.size,
      nowMs: this.#now().getTime(),
      isNeeded: (task) => this.#isNeeded(task),
      find: (id) => store.task(id),
    })
    return oldest.length < batchSize ? { ...decision, isEnd: true } : decision
  }

  #finishedCount(): number {
    const { completed, failed, cancelled } = this.#options.store.counts()
    return completed + failed + cancelled - this.#turns.size
  }

  #isNeeded({ id, lastSeq }: FinishedTask): boolean {
    const { store, deliveredUpTo } = this.#options
    if (lastSeq > deliveredUpTo() || store.dependants(id).length > 0) return true
    const task = store.task(id)
    return task !== undefined && partOf(store, task) !== undefined
  }
}
