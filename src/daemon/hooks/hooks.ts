import { setTimeout as delay } from 'node:timers/promises'
import { hookNames, type HookName, type HookSettings } from '../../config/hook-settings.ts'
import type { StoredEvent } from '../../protocol/event.ts'
import { claimantOf } from '../store/active-tasks.ts'
import type { Store } from '../store/store.ts'
import { callHook, type HookSurroundings } from './call-hook.ts'
import { Deliveries, type Delivery } from './deliveries.ts'
import { PositionFile, readPosition } from './position-file.ts'

export interface HooksOptions extends Omit<HookSurroundings, 'storeId' | 'onNoNotifier'> {
  readonly store: Store
  /** Where it is kept how far the hooks have come. */
  readonly positionFile: string
  /** Asked anew for each event, so that a changed configuration counts at once. */
  readonly settings: () => HookSettings
  /** At most so many hooks are remembered at a time; further ones are read from the log. */
  readonly limit?: number
}

/** At most so many hooks run at a time. */
const atOnce = 4
/** How long running hooks have to end by themselves when the daemon stops. */
const stopGraceMs = 2000

/**
 * Calls what the user has configured for `completed`, `failed` and `waiting`, and shows the notifications that tasks
 * ask for. Follows the events of the store from where an earlier daemon came to, so each is delivered at least once;
 * twice where a daemon was killed before it could note that it was done. Whatever a hook does, no task feels it.
 */
export class Hooks {
  readonly #options: HooksOptions
  readonly #surroundings: HookSurroundings
  readonly #deliveries: Deliveries
  readonly #file: PositionFile
  readonly #running = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  /** The last event that was looked at. */
  #seen: number
  /** Whether there are events before the next one that have not been looked at: they are read from the log. */
  #isBehind = false
  #catchingUp: Promise<void> | undefined
  #roomMade: (() => void) | undefined
  #unsubscribe: (() => void) | undefined
  #onDelivered: () => void = () => undefined
  #isClosing = false
  readonly #grace = new AbortController()
  #hasMissedNotifier = false

  /** Takes up where an earlier daemon was, and begins. */
  static async start(options: HooksOptions): Promise<Hooks> {
    const { store, positionFile, log } = options
    const found = await readPosition(positionFile)
    const isOfThisStore = found.kind === 'found' && found.storeId === store.storeId
    if (isOfThisStore && found.position.seq <= store.lastSeq)
      return new Hooks(options, found.position).#begin()
    if (store.lastSeq > 0) {
      const reason = found.kind === 'unreadable' ? found.reason : 'none of this store was found'
      const say = Object.keys(options.settings()).length > 0 ? log.warn.bind(log) : log.info.bind(log)
      say({ reason }, 'Where hooks had come to is not known: they begin with what happens from now on')
    }
    return new Hooks(options, { seq: store.lastSeq, delivered: [] }).#begin()
  }

  private constructor(
    options: HooksOptions,
    position: { readonly seq: number; readonly delivered: readonly number[] },
  ) {
    const { store, positionFile, log, limit = 1000 } = options
    this.#options = options
    this.#surroundings = {
      ...options,
      storeId: store.storeId,
      onNoNotifier: (program) => {
        if (this.#hasMissedNotifier) return
        this.#hasMissedNotifier = true
        log.warn({ program }, 'No program for desktop notifications was found')
      },
    }
    this.#deliveries = new Deliveries({ atOnce, limit, delivered: position.delivered })
    this.#seen = position.seq
    this.#file = new PositionFile({
      path: positionFile,
      storeId: store.storeId,
      position: () => this.#deliveries.upTo(this.#seen),
      onFailure: (reason) => log.warn({ reason }, 'How far the hooks have come could not be written down'),
    })
  }

  /** Every hook for an event up to this `seq` has been called. */
  get deliveredUpTo(): number {
    return this.#deliveries.upTo(this.#seen).seq
  }

  /** Tells whenever a hook has been called. */
  onDelivered(listener: () => void): void {
    this.#onDelivered = listener
  }

  /** Lets what runs end, for a moment; what has not ended by then is ended, and called again by the next start. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#unsubscribe?.()
    this.#roomMade?.()
    await this.#catchingUp
    const { signal } = this.#grace
    await Promise.race([
      Promise.all(this.#running),
      delay(stopGraceMs, undefined, { signal }).catch(() => {}),
    ])
    this.#grace.abort()
    this.#abort.abort()
    await Promise.all(this.#running)
    await this.#file.save()
  }

  /** `close` is not to wait, or to wait no longer. */
  hurry(): void {
    this.#grace.abort()
  }

  async #begin(): Promise<Hooks> {
    // From here on a missing file means that it was lost.
    await this.#file.save()
    this.#unsubscribe = this.#options.store.onAppend((events) => this.#follow(events))
    if (this.#seen < this.#options.store.lastSeq) this.#catchUp()
    return this
  }

  #follow(events: readonly StoredEvent[]): void {
    if (this.#isBehind) return
    if (!this.#take(events)) this.#catchUp()
    this.#callNext()
    this.#file.saveLater()
  }

  /** Looks at events in their order; false where there is no room for what one of them asks for. */
  #take(events: readonly StoredEvent[]): boolean {
    for (const event of events) {
      const hook = this.#wantedBy(event)
      if (hook !== undefined) {
        if (!this.#deliveries.hasRoom) return false
        this.#deliveries.add({ seq: event.seq, taskId: event.task_id ?? '', hook })
      }
      this.#seen = event.seq
    }
    return true
  }

  #wantedBy({ type, data, seq, task_id: taskId }: StoredEvent): HookName | undefined {
    if (type !== 'status') return undefined
    const hook = hookNames.find((name) => name === data.status)
    if (hook === undefined || this.#deliveries.isDelivered(seq)) return undefined
    const task = this.#options.store.task(taskId ?? '')
    // A turn of a conversation, or a part of a task, is no news to somebody who is not there.
    if (task !== undefined && claimantOf(task) !== 'loop') return undefined
    const isWanted = this.#options.settings()[hook] !== undefined || task?.notify === true
    return isWanted ? hook : undefined
  }

  /** Reads from the log what has not been looked at, as there is room, until events can be taken as they come. */
  #catchUp(): void {
    this.#isBehind = true
    this.#catchingUp = this.#readOn()
  }

  async #readOn(): Promise<void> {
    const { store, log } = this.#options
    try {
      while (this.#seen < store.lastSeq && !this.#isClosing) {
        const upTo = store.lastSeq
        const isAll = await this.#read(upTo)
        if (isAll) this.#seen = upTo
        else await this.#room()
      }
    } catch (error) {
      log.error({ error }, 'Events for hooks could not be read: hooks begin again from now on')
      this.#seen = store.lastSeq
    }
    // In the same turn as the last look at the store: nothing can have come in between.
    this.#isBehind = false
    this.#file.saveLater()
  }

  async #read(upTo: number): Promise<boolean> {
    const query = { after: this.#seen, upTo, types: statusOnly }
    for await (const events of this.#options.store.events(query)) {
      const isTaken = this.#take(events)
      this.#callNext()
      if (!isTaken || this.#isClosing) return false
    }
    return true
  }

  async #room(): Promise<void> {
    while (!this.#deliveries.hasRoom && !this.#isClosing) {
      await new Promise<void>((resolve) => (this.#roomMade = resolve))
    }
  }

  #callNext(): void {
    while (!this.#isClosing) {
      const delivery = this.#deliveries.next()
      if (delivery === undefined) return
      const running: Promise<void> = this.#deliver(delivery).finally(() => this.#running.delete(running))
      this.#running.add(running)
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { store, settings, log } = this.#options
    const { seq, taskId, hook: name } = delivery
    try {
      const task = store.task(taskId)
      if (task === undefined)
        log.info({ hook: name, id: taskId }, 'The task of a hook was removed before it was called')
      else await callHook({ name, seq, hook: settings()[name], task }, this.#surroundings, this.#abort.signal)
    } catch (error) {
      log.error({ error, hook: name, id: taskId }, 'A hook could not be called')
    }
    if (this.#abort.signal.aborted) return
    this.#deliveries.done(delivery)
    void this.#file.save()
    this.#roomMade?.()
    this.#callNext()
    this.#onDelivered()
  }
}

const statusOnly = new Set(['status'] as const)
