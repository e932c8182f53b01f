import type { Delta, Event } from '../protocol/event.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { ChatFrame, ClientFrameInput, ServerFrame } from '../protocol/frames.ts'
import { version } from '../protocol/version.ts'
import type { LocatedDaemon } from './api-client.ts'
import { askStatus } from './ask-status.ts'
import { backoffMs, pause } from './backoff.ts'
import type { Selection } from './feed.ts'
import { canUpgrade } from './can-upgrade.ts'
import { followOverHttp } from './http-following.ts'
import { LinkCursor } from './link-cursor.ts'
import type { LinkEvents, LinkOptions, LinkPorts } from './link-options.ts'
import { errorOf, LiveConnection, type ConnectionEnd } from './live-connection.ts'

/** What came of one WebSocket. */
type Attempt = ConnectionEnd & {
  /** Whether it was of any use. */
  readonly wasLive: boolean
  /** Given up by ourselves, until there is room for more. */
  readonly isParked?: boolean
}

/**
 * A lasting way to a daemon: one WebSocket after the other, each greeted with the same words and subscribed from
 * where the one before had come to; and where no WebSocket can be had, HTTP. Begins with `open`.
 */
export class LiveLink {
  readonly #ports: LinkPorts
  readonly #options: LinkOptions
  readonly #events: LinkEvents
  readonly #closing = new AbortController()
  #connection: LiveConnection | undefined
  readonly #cursor = new LinkCursor()
  /** Whether the daemon has answered our `hello` on the present connection. */
  #isOpen = false
  #wasGreeted = false
  #endAttempt: (how: { readonly reason: string; readonly isParked?: boolean }) => void = () => {}
  #storeId: string | undefined
  #sessionId: string | undefined
  #degraded: { readonly why: string; readonly restart: () => void } | undefined
  /** While set, nothing is to be read. */
  #reading: { readonly wait: Promise<void>; readonly go: () => void } | undefined

  constructor(ports: LinkPorts, options: LinkOptions, events: LinkEvents) {
    this.#ports = ports
    this.#options = options
    this.#events = events
    this.#sessionId = options.sessionId
  }

  /** Connects, and stays connected until `close`. Resolves when nothing more will be called; never rejects. */
  async open(): Promise<void> {
    this.#events.onConnection({ state: 'connecting' })
    const failure = await this.#stay()
    if (failure !== null && !this.#isClosed) this.#events.onFailure(failure)
    this.close()
  }

  /** Takes the place of the subscription before; undefined takes it back. */
  subscribe(selection: Selection | undefined): void {
    this.#cursor.select(selection)
    this.#connection?.send(this.#cursor.frame)
    // Of one that is taken back while it is replayed, no word is heard any more.
    if (selection === undefined && this.#isOpen) this.#events.onConnection({ state: 'live' })
    this.#degraded?.restart()
  }

  /** Whether frames can be sent now. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Why there is no WebSocket, while events come over HTTP. */
  get degraded(): string | undefined {
    return this.#degraded?.why
  }

  /** Dropped where the link is not open. */
  send(frame: ClientFrameInput): void {
    this.#connection?.send(frame)
  }

  /** Stops reading: what comes waits with the daemon. What has been read already is still handed over. */
  pause(): void {
    if (this.#reading !== undefined) return
    let go = (): void => {}
    const wait = new Promise<void>((resolve) => (go = resolve))
    this.#reading = { wait, go }
    this.#connection?.pause()
    // A page cannot stop reading, so it hangs up, and comes back from its cursor.
    if (this.#connection?.canPause === false) this.#endAttempt({ reason: 'no room', isParked: true })
  }

  resume(): void {
    const reading = this.#reading
    this.#reading = undefined
    reading?.go()
    this.#connection?.resume()
  }

  close(): void {
    this.#closing.abort()
    this.resume()
    this.#endAttempt({ reason: 'closed' })
    this.#degraded?.restart()
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Null once it is closed. */
  async #stay(): Promise<SparkyError | null> {
    const { giveUpAfterMs = Number.POSITIVE_INFINITY } = this.#options
    let failures = 0
    let failedUpgrades = 0
    let lostAtMs: number | undefined
    while (!this.#isClosed) {
      let attempt = await this.#attempt()
      await this.#reading?.wait
      if (attempt.isParked === true) continue
      if (attempt.isUpgradeFailure) {
        const answer = await this.#answers()
        if (answer instanceof SparkyError) return this.#isClosed ? null : answer
        failedUpgrades += answer ? 1 : 0
        // The first in a row may have met a daemon that was just going or coming.
        if (answer && failedUpgrades === 1 && attempt.isTimeout !== true) continue
        if (answer) attempt = await this.#followOverHttp(attempt.reason)
      }
      if (this.#isClosed) return null
      if (attempt.fatal !== null) return attempt.fatal
      if (attempt.wasLive) {
        failures = 0
        lostAtMs = undefined
        if (!attempt.isUpgradeFailure) failedUpgrades = 0
      }
      lostAtMs ??= performance.now()
      if (performance.now() - lostAtMs >= giveUpAfterMs) return gone(attempt.reason)
      const retryInMs = backoffMs(failures++)
      this.#events.onConnection({ state: 'reconnecting', reason: attempt.reason, retryInMs })
      await pause(retryInMs, this.#closing.signal)
    }
    return null
  }

  /** One WebSocket, to its end. */
  #attempt(): Promise<Attempt> {
    const target = this.#locate()
    if (target instanceof SparkyError) {
      // Only a daemon that was there once is worth waiting for.
      const isHopeless = this.#storeId === undefined && this.#options.isSession !== true
      const fatal = isHopeless || target.code !== 'daemon_unreachable' ? target : null
      return Promise.resolve({ reason: target.message, fatal, isUpgradeFailure: false, wasLive: false })
    }
    return new Promise((resolve) => {
      const { openSocket } = this.#ports
      const { upgradeTimeoutMs } = this.#options
      let wasLive = false
      this.#isOpen = false
      const connection = new LiveConnection(
        { openSocket, target, opening: () => this.#opening(), upgradeTimeoutMs },
        {
          onFrame: (frame, size) => {
            wasLive ||= frame.type === 'caught_up' || (this.#isOpen && this.#cursor.selection === undefined)
            const fatal = this.#takeFrame(frame, size)
            if (fatal !== null) end({ reason: fatal.message, fatal: fatal.retryable ? null : fatal })
          },
          onLine: (line, size) => {
            wasLive = true
            if (this.#cursor.isSubscribed) this.#deliver(line, size)
          },
          onClose: (closed) => end(closed),
        },
      )
      const end = (how: Partial<Attempt> & { reason: string }): void => {
        connection.close()
        this.#connection = undefined
        this.#isOpen = false
        resolve({ fatal: null, isUpgradeFailure: false, wasLive, ...how })
      }
      this.#connection = connection
      this.#endAttempt = end
    })
  }

  #locate(): LocatedDaemon | SparkyError {
    const { api } = this.#ports
    try {
      api.forgetAddress()
      return api.address()
    } catch (error) {
      if (error instanceof SparkyError) return error
      throw error
    }
  }

  /** Whether the daemon answers over HTTP, where it did not over a WebSocket; an error where it never will. */
  async #answers(): Promise<boolean | SparkyError> {
    try {
      await askStatus(this.#ports.api, { signal: this.#closing.signal })
      return true
    } catch (error) {
      if (!(error instanceof SparkyError) || error.retryable) return false
      const mayComeBack = this.#storeId !== undefined || this.#options.isSession === true
      return error.code === 'daemon_unreachable' && mayComeBack ? false : error
    }
  }

  /** Until a WebSocket can be had again, or the daemon is lost. */
  async #followOverHttp(why: string): Promise<Attempt> {
    let wasLive = false
    for (;;) {
      const restart = new AbortController()
      const { signal } = restart
      this.#degraded = { why, restart: () => restart.abort() }
      const end = await followOverHttp({
        api: this.#ports.api,
        selection: this.#cursor.selection,
        after: this.#cursor.received,
        signal,
        canUpgrade: (stop) => canUpgrade({ ...this.#options, ...this.#ports, stop }),
        timing: this.#options,
        readable: () => this.#reading?.wait,
        onStore: (storeId, seq) => this.#checkStore(storeId, seq),
        onReplaying: (behind) => this.#events.onConnection({ state: 'replaying', behind, degraded: why }),
        onLine: (line, size) => {
          if (!signal.aborted) this.#deliver(line, size)
        },
        onCaughtUp: (seq) => {
          if (signal.aborted) return
          wasLive = true
          this.#caughtUp(seq, 0)
          this.#events.onConnection({ state: 'live', degraded: why })
        },
      })
      this.#degraded = undefined
      if (signal.aborted && !this.#isClosed) continue
      return { ...end, wasLive, isUpgradeFailure: end.canUpgrade !== true }
    }
  }

  #opening(): ClientFrameInput[] {
    const { userId, client = `sparky/${version}` } = this.#options
    const hello: ClientFrameInput = {
      type: 'hello',
      client,
      ...(userId !== undefined && { user_id: userId }),
      ...(this.#sessionId !== undefined && { session_id: this.#sessionId }),
    }
    this.#cursor.reconnect()
    this.#wasGreeted = false
    return this.#cursor.selection === undefined ? [hello] : [hello, this.#cursor.frame]
  }

  /** What makes going on with this connection pointless, or null. */
  #takeFrame(frame: ServerFrame | ChatFrame, size: number): SparkyError | null {
    if ('conversation_id' in frame) {
      this.#events.onFrame(frame)
      return null
    }
    const isOurs = 'id' in frame && this.#cursor.owns(frame)
    switch (frame.type) {
      case 'connected':
        return this.#checkStore(frame.store_id, frame.seq) ?? this.#greeted(frame)
      case 'subscribed':
        if (!isOurs) return null
        this.#cursor.begin(frame.after)
        this.#events.onConnection({ state: 'replaying', behind: Math.max(0, frame.seq - frame.after) })
        return null
      case 'caught_up':
        if (!isOurs) return null
        this.#caughtUp(frame.seq, size)
        this.#events.onConnection({ state: 'live' })
        return null
      case 'lagged':
        if (isOurs) this.#events.onConnection({ state: 'replaying', behind: 0 })
        return null
      case 'error':
        this.#events.onFrame(frame)
        // Before our `hello` is answered it is about that, and nothing better will come.
        return this.#options.isSession === true && this.#isOpen ? null : errorOf(frame)
      case 'pong':
        return null
    }
    // Of a daemon that says more than this client knows: docs/protocol.md allows it to.
    return null
  }

  /** The first greeting of a connection is to a stranger; the second one answers our `hello`. */
  #greeted(frame: ServerFrame & { type: 'connected' }): null {
    if (!this.#wasGreeted) {
      this.#wasGreeted = true
      return null
    }
    this.#isOpen = true
    if (this.#options.isSession === true) this.#sessionId = frame.session_id
    if (this.#reading !== undefined) this.#connection?.pause()
    this.#events.onFrame(frame)
    if (this.#cursor.selection === undefined) this.#events.onConnection({ state: 'live' })
    return null
  }

  #checkStore(storeId: string, seq: number): SparkyError | null {
    if (this.#storeId !== undefined && this.#storeId !== storeId) return anotherStore(storeId)
    const { received = 0, wasTaken } = this.#cursor
    // One that never was this store's is refused by the daemon, in better words.
    if (wasTaken && received > seq) return olderStore(seq, received)
    this.#storeId = storeId
    return null
  }

  #deliver(line: Event | Delta, size: number): void {
    if (this.#cursor.takes(line)) this.#events.onLine(line, size)
  }

  #caughtUp(seq: number, size: number): void {
    this.#events.onCaughtUp(this.#cursor.reach(seq), size)
  }
}

const gone = (reason: string): SparkyError =>
  new SparkyError('daemon_unreachable', `the daemon has not come back: ${reason}`, {
    hint: 'sparky agent start starts it',
    retryable: true,
  })

const anotherStore = (storeId: string): SparkyError =>
  new SparkyError(
    'conflict',
    `another store (${storeId}) is behind this address now; its events do not go on from here`,
    { hint: 'start again' },
  )

/** A backup that was put back has the same id. */
const olderStore = (seq: number, received: number): SparkyError =>
  new SparkyError(
    'conflict',
    `the store behind this address ends with event ${seq}, though there was an event ${received}`,
    { hint: 'an older copy of it may have been put back: start again' },
  )
