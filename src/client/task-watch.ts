import type { StreamLine } from '../protocol/api.ts'
import type { Event } from '../protocol/event.ts'
import { isEvent } from '../protocol/event-names.ts'
import { isFinal } from '../protocol/status.ts'
import type { Task } from '../protocol/task.ts'
import { askUntilAnswered } from './ask-again.ts'
import type { Connection, Feed } from './feed.ts'
import { feedLines } from './feed-lines.ts'
import type { LiveClient } from './live-client.ts'
import { timingOf, type LinkTiming } from './link-options.ts'
import { followTaskLines } from './task-following.ts'

export interface WatchOptions extends LinkTiming {
  /** Only events after this `seq`; from the task's first one if left out. */
  readonly after?: number | undefined
  /** Fragments between the events, too. They may be dropped where this reader is slow; events never are. */
  readonly deltas?: boolean | undefined
  /** Ends the iteration with its reason. The task goes on. */
  readonly signal?: AbortSignal | undefined
  /** Told whenever the connection to the daemon changes: lost, back, over HTTP only. */
  readonly onConnection?: ((connection: Connection) => void) | undefined
}

/**
 * One task's events, as an async iterable: live until its end, over restarts of the daemon, each once and in order.
 * Ends after the final status, also of a task that has ended long ago. Throws `not_found` where there is no such
 * task. Leaving the loop closes the connection. Iterate it once.
 */
export class TaskWatch<L extends StreamLine = Event> implements AsyncIterable<L> {
  readonly #client: LiveClient
  readonly #ref: string
  readonly #options: WatchOptions
  #feed: Feed | undefined
  #task: Task | undefined
  #isClosed = false

  constructor(client: LiveClient, ref: string | number, options: WatchOptions) {
    this.#client = client
    this.#ref = String(ref)
    this.#options = options
  }

  /** The task as it is after the event that was handed out last; undefined before the first one. */
  get task(): Task | undefined {
    return this.#task
  }

  /** Ends the iteration, without an error. */
  close(): void {
    this.#isClosed = true
    this.#feed?.close()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<L> {
    const { signal, after, deltas = false } = this.#options
    signal?.throwIfAborted()
    const known = await askUntilAnswered(this.#client, 'showTask', { id: this.#ref }, this.#options)
    const from = after === undefined ? undefined : known
    this.#task = from
    const first = after ?? known.first_seq - 1
    if (this.#isClosed || (isFinal(known.status) && first >= known.last_seq)) return
    const timing = timingOf(this.#options)
    this.#feed = this.#client.openFeed({ tasks: [known.id], after: first, deltas, ...timing })
    const lines = feedLines(this.#feed, this.#options)
    for await (const { line, task } of followTaskLines(lines, { known, from })) {
      this.#task = task ?? this.#task
      if (deltas || isEvent(line)) yield line as L
      signal?.throwIfAborted()
    }
  }
}
