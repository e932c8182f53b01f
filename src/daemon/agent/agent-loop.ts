import { setMaxListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import type { StoredEvent } from '../../protocol/event.ts'
import type { Task } from '../../protocol/task.ts'
import type { Queue } from '../queue/queue.ts'
import type { RunningAttempt } from '../queue/running-attempt.ts'
import type { Store } from '../store/store.ts'
import type { AgentLog } from './log.ts'
import { maxTimerMs } from './longest-timer.ts'

/*
 * The loop is in one of three states.
 *
 * off       Nothing is claimed. This is how it begins and how a stop ends.
 *
 * on        It looks at the queue: claims until nothing may start, and runs what it has claimed side by side. It looks
 *           again when an event may have let something start (a task added, edited or unblocked, a slot given back,
 *           the queue no longer paused), when the next task comes due by the clock, and every poll interval, for the
 *           case that it has missed something (a clock that jumped, a write that failed). One look at a time: a nudge
 *           during a look makes that look once more. What an attempt does never ends the loop; a claim that cannot be
 *           written is tried again with the next look.
 *
 * stopping  Nothing more is claimed. Attempts are told to stop at a safe point: they start no further call, and a call
 *           that runs may finish until the time is up; then it is ended. The stop resolves when all have settled.
 */

/** What a person in front of the daemon is told. */
export type LoopMoment =
  | { readonly kind: 'found'; readonly task: Task }
  | { readonly kind: 'ended'; readonly task: Task }
  | { readonly kind: 'heartbeat' }

export interface AgentLoopOptions {
  readonly queue: Pick<Queue, 'mayClaim' | 'claim' | 'nextDue'>
  readonly store: Pick<Store, 'onAppend' | 'task'>
  /** Runs what was claimed to its end. Must not reject. `hardStop`: running calls are not to be waited for any more. */
  readonly run: (attempt: RunningAttempt, hardStop: AbortSignal) => Promise<void>
  /** Whether an event that changes a task, a slot or the queue may let something start here; if left out, each may. */
  readonly isConcerned?: (event: StoredEvent) => boolean
  /** As it is called in the log. */
  readonly name?: string
  /** Awaited before each look at the queue: what a claim depends on and takes time to find out. */
  readonly prepareClaims?: () => Promise<void>
  /** Asked anew for each wait. */
  readonly pollIntervalMs: () => number
  /** Must not throw. */
  readonly onMoment: (moment: LoopMoment) => void
  readonly log: AgentLog
  readonly heartbeatMs?: number
}

export interface StopOptions {
  /** How long running tool calls may go on. */
  readonly timeoutMs: number
  /** Do not wait for running tool calls at all. */
  readonly now?: boolean
}

/** After its time is up, an attempt has this long to end its processes and to write its last events. */
const settleGraceMs = 5_000

export class AgentLoop {
  readonly #options: AgentLoopOptions
  readonly #running = new Map<RunningAttempt, Promise<void>>()
  #state: 'off' | 'on' | 'stopping' = 'off'
  #lastHeartbeat: Date | null = null
  #hardStop = hardStop()
  #look: Promise<void> | undefined
  #isNudged = false
  #timer: NodeJS.Timeout | undefined
  #release: () => void = () => undefined
  #stopped: Promise<void> | undefined

  constructor(options: AgentLoopOptions) {
    this.#options = options
  }

  get isOn(): boolean {
    return this.#state === 'on'
  }

  get lastHeartbeat(): Date | null {
    return this.#lastHeartbeat
  }

  /** Begins to claim; does nothing where it does already. */
  start(): void {
    if (this.#state !== 'off') return
    const { heartbeatMs = 30_000, isConcerned = () => true, store, log } = this.#options
    this.#state = 'on'
    this.#hardStop = hardStop()
    const unsubscribe = store.onAppend((events) => {
      if (events.some((event) => mayLetStart(event) && isConcerned(event))) this.nudge()
    })
    const heart = setInterval(() => this.#beat(), heartbeatMs)
    this.#release = () => {
      clearInterval(heart)
      unsubscribe()
      clearTimeout(this.#timer)
    }
    this.#lastHeartbeat = new Date()
    log.info({}, `${this.#name} started in background`)
    this.nudge()
  }

  /** Something may have changed: look at the queue as soon as those who wait for an answer have theirs. */
  nudge(): void {
    this.#isNudged = true
    if (this.#state === 'on') this.#look ??= this.#lookWhileNudged()
  }

  /** Stops claiming, and every attempt at a safe point. Resolves when all have settled; never rejects. */
  stop(options: StopOptions): Promise<void> {
    if (this.#state === 'off') return Promise.resolve()
    if (options.now === true) this.#hardStop.abort()
    this.#stopped ??= this.#stop(options)
    return this.#stopped
  }

  async #stop({ timeoutMs }: StopOptions): Promise<void> {
    this.#state = 'stopping'
    this.#release()
    const hardStop = this.#hardStop
    for (const attempt of this.#running.keys()) attempt.stop({ kind: 'shutdown' })
    const killTimer = setTimeout(() => hardStop.abort(), Math.min(timeoutMs, maxTimerMs))
    const settled = this.#allSettled()
    const isSettled = await Promise.race([
      settled.then(() => true),
      onceAborted(hardStop.signal).then(() => within(settled, settleGraceMs)),
    ])
    clearTimeout(killTimer)
    if (!isSettled) {
      const tasks = [...this.#running.keys()].map(({ task }) => task.number)
      this.#options.log.error({ tasks }, 'Attempts did not settle in time; the next start takes them up')
    }
    this.#state = 'off'
    this.#stopped = undefined
    this.#options.log.info({}, `${this.#name} stopped`)
  }

  async #allSettled(): Promise<void> {
    await this.#look
    await Promise.all(this.#running.values())
  }

  async #lookWhileNudged(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      while (this.#isNudged && this.#state === 'on') {
        // Who has added a task is answered first.
        await setImmediate()
        this.#isNudged = false
        await this.#claimAll()
      }
    } catch (error) {
      this.#options.log.error({ error }, 'The queue could not be looked at; trying again with the next look')
    } finally {
      this.#look = undefined
      this.#setTimer()
    }
  }

  async #claimAll(): Promise<void> {
    if (!this.#options.queue.mayClaim()) return
    await this.#options.prepareClaims?.()
    while (this.#state === 'on') {
      const attempt = await this.#options.queue.claim()
      if (attempt === undefined) return
      this.#start(attempt)
    }
  }

  #start(attempt: RunningAttempt): void {
    this.#running.set(attempt, this.#run(attempt))
    if (this.#state !== 'on') attempt.stop({ kind: 'shutdown' })
  }

  async #run(attempt: RunningAttempt): Promise<void> {
    const { run, log, onMoment, store } = this.#options
    const { task } = attempt
    const fields = { task: task.number, task_id: task.id, attempt: task.attempt }
    log.info(fields, 'Attempt started')
    onMoment({ kind: 'found', task })
    await run(attempt, this.#hardStop.signal)
    this.#running.delete(attempt)
    const last = store.task(task.id) ?? task
    log.info({ ...fields, status: last.status }, 'Attempt ended')
    onMoment({ kind: 'ended', task: last })
  }

  /** Looks again when the next task comes due, and after the poll interval at the latest. */
  #setTimer(): void {
    clearTimeout(this.#timer)
    if (this.#state !== 'on') return
    const { queue, pollIntervalMs } = this.#options
    const dueInMs = (queue.nextDue()?.getTime() ?? Infinity) - Date.now()
    const waitMs = Math.max(0, Math.min(dueInMs, pollIntervalMs(), maxTimerMs))
    this.#timer = setTimeout(() => this.nudge(), waitMs)
  }

  get #name(): string {
    return this.#options.name ?? 'Agent loop'
  }

  #beat(): void {
    this.#lastHeartbeat = new Date()
    this.#options.onMoment({ kind: 'heartbeat' })
  }
}

/** Listened to by each running attempt, of which there may be a hundred. */
const hardStop = (): AbortController => {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

const mayLetStart = (event: StoredEvent): boolean =>
  event.type === 'task_added' ||
  event.type === 'task_updated' ||
  event.type === 'task_removed' ||
  event.type === 'queue_changed' ||
  (event.type === 'status' && event.data.status !== 'in_progress')

const onceAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Whether a promise resolves in time. */
const within = async (promise: Promise<void>, timeoutMs: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs)
  })
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
