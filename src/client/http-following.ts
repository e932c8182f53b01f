import type { ApiInput, ApiResult, StreamLine } from '../protocol/api.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { ApiClient } from './api-client.ts'
import { askStatus } from './ask-status.ts'
import { pause } from './backoff.ts'
import type { Selection } from './feed.ts'
import type { LinkTiming } from './link-options.ts'
import { onAbort } from './on-abort.ts'

const usualSilenceMs = 20_000
const usualRetryMs = 30_000

export interface HttpFollowing {
  readonly api: ApiClient
  /** Where nothing is selected, it only looks whether the daemon is there. */
  readonly selection: Selection | undefined
  /** From now on if undefined. */
  readonly after: number | undefined
  readonly signal: AbortSignal
  readonly canUpgrade: (signal: AbortSignal) => Promise<boolean>
  readonly timing: Pick<LinkTiming, 'upgradeRetryMs' | 'silenceMs'>
  /** Awaited before each line. */
  readonly readable: () => Promise<void> | undefined
  /** An error where it is not the store that was followed. */
  readonly onStore: (storeId: string, seq: number) => SparkyError | null
  readonly onReplaying: (behind: number) => void
  readonly onLine: (line: StreamLine, size: number) => void
  readonly onCaughtUp: (seq: number) => void
}

export interface HttpFollowingEnd {
  readonly reason: string
  /** Where trying again is pointless. */
  readonly fatal: SparkyError | null
  /** It ended because a WebSocket can be had. */
  readonly canUpgrade?: boolean
}

/**
 * Follows events over HTTP where no WebSocket can be had: what was missed, then what comes, as lines of JSON. Ends
 * where a WebSocket works again, the daemon is lost, or the signal is aborted; never rejects. A proxy that holds back
 * what it should pass on is noticed: a silent stream is opened anew once the daemon says that there is more.
 */
export const followOverHttp = async (following: HttpFollowing): Promise<HttpFollowingEnd> => {
  const ending = new AbortController()
  const forget = onAbort(following.signal, () => ending.abort())
  try {
    const stretches = new HttpStretches(following, ending.signal)
    return await Promise.race([stretches.follow(), waitForUpgrade(following, ending.signal)])
  } finally {
    forget()
    ending.abort()
  }
}

const waitForUpgrade = async (
  { canUpgrade, timing: { upgradeRetryMs = usualRetryMs } }: HttpFollowing,
  signal: AbortSignal,
): Promise<HttpFollowingEnd> => {
  do await pause(upgradeRetryMs, signal)
  while (!signal.aborted && !(await canUpgrade(signal)))
  return { reason: 'a WebSocket can be had again', fatal: null, canUpgrade: true }
}

/** What was missed, page by page; then one stream after the other for what comes. */
class HttpStretches {
  readonly #following: HttpFollowing
  readonly #signal: AbortSignal
  #received: number
  /** Whether a line has come since the last look. */
  #isHeard = false

  constructor(following: HttpFollowing, signal: AbortSignal) {
    this.#following = following
    this.#signal = signal
    this.#received = following.after ?? -1
  }

  async follow(): Promise<HttpFollowingEnd> {
    try {
      for (;;) {
        const newest = await this.#newest()
        if (this.#received < 0 || this.#following.selection === undefined) this.#received = newest
        this.#following.onReplaying(Math.max(0, newest - this.#received))
        if (newest > this.#received) await this.#readMissed()
        this.#received = Math.max(this.#received, newest)
        this.#following.onCaughtUp(this.#received)
        await this.#readWhatComes()
      }
    } catch (error) {
      return endOf(error)
    }
  }

  /** The newest `seq`, of the store that was followed all the time. */
  async #newest(): Promise<number> {
    const { store } = await askStatus(this.#following.api, { signal: this.#signal })
    const conflict = this.#following.onStore(store.id, store.seq)
    if (conflict !== null) throw conflict
    return store.seq
  }

  /** Returns where the stream is to be opened anew. */
  async #readWhatComes(): Promise<void> {
    const stretch = new AbortController()
    const forget = onAbort(this.#signal, () => stretch.abort())
    const reading = this.#readStream(stretch.signal)
    try {
      await Promise.race([reading, this.#untilHeldBack(stretch.signal)])
    } finally {
      forget()
      stretch.abort()
      // Its end was waited for above, or is our own doing.
      await reading.catch(() => {})
    }
  }

  /** Resolves once there is more than has come. */
  async #untilHeldBack(signal: AbortSignal): Promise<void> {
    const { silenceMs = usualSilenceMs } = this.#following.timing
    for (;;) {
      this.#isHeard = false
      await pause(silenceMs, signal)
      if (signal.aborted) return
      if (this.#isHeard || (await this.#newest()) <= this.#received) continue
      if (this.#following.selection === undefined) continue
      return
    }
  }

  /** A page that somebody in between has cut is no JSON any more, where a stream of lines would just be shorter. */
  async #readMissed(): Promise<void> {
    const { api, selection, readable, onLine } = this.#following
    if (selection === undefined) return
    for (let after: number | null = this.#received; after !== null;) {
      const page: ApiResult<'events'> = await api.call(
        'events',
        { ...filterOf(selection), after, limit: maxPageLength },
        { signal: this.#signal },
      )
      for (const event of page.events) {
        await readable()
        if (this.#signal.aborted) return
        this.#received = Math.max(this.#received, event.seq)
        onLine(event, JSON.stringify(event).length)
      }
      after = page.next_after
    }
  }

  async #readStream(signal: AbortSignal): Promise<void> {
    const { api, selection, readable, onLine } = this.#following
    if (selection === undefined) return untilAborted(signal)
    const { deltas } = selection
    const response = await api.open(
      'events',
      { ...filterOf(selection), after: this.#received, follow: true, ...(deltas && { deltas }) },
      { signal },
    )
    for await (const text of response.lines()) {
      this.#isHeard = true
      await readable()
      if (signal.aborted) return
      const line = JSON.parse(text) as StreamLine
      if ('seq' in line) this.#received = Math.max(this.#received, line.seq)
      onLine(line, text.length)
    }
    // Events that are followed have no end, so this is one that somebody in between has made.
    throw new SparkyError('daemon_unreachable', 'the stream of events ended', { retryable: true })
  }
}

/** What the daemon gives at most; fewer where they are large. */
const maxPageLength = 10_000

const filterOf = ({
  tasks,
  types,
  hide,
}: Selection): Pick<ApiInput<'events'>, 'tasks' | 'types' | 'hide'> => ({
  ...(tasks && { tasks: [...tasks] }),
  ...(types && { types: [...types] }),
  ...(hide && { hide: [...hide] }),
})

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => void onAbort(signal, resolve))

const endOf = (error: unknown): HttpFollowingEnd => {
  // An abort, or lines that are no JSON.
  if (!(error instanceof SparkyError)) return { reason: String(error), fatal: null }
  const isLost = error.retryable || error.code === 'daemon_unreachable'
  return { reason: error.message, fatal: isLost ? null : error }
}
