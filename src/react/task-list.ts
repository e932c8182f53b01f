import type { LiveClient } from '../client/live-client.ts'
import type { Connection, Feed, FeedItem } from '../client/feed.ts'
import type { EventType } from '../protocol/event-names.ts'
import { toSparkyError } from './to-sparky-error.ts'
import { Observable } from './observable.ts'
import {
  afterEvent,
  emptyWindow,
  limitOf,
  withPage,
  type TaskFilter,
  type TaskWindow,
} from './task-window.ts'
import type { SparkyError } from '../protocol/failure.ts'
import type { Task } from '../protocol/task.ts'

export interface TaskListState {
  /** Newest first. */
  readonly tasks: readonly Task[]
  /** Where the list stands with its daemon; what is shown is the present only while it is `live`. */
  readonly connection: Connection
  /** Why the list goes on no more, or could not be read; null while all is well. */
  readonly error: SparkyError | null
}

const noTasks: TaskListState = { tasks: [], connection: { state: 'connecting' }, error: null }

/** What changes a task. */
const types: readonly EventType[] = [
  'task_added',
  'task_updated',
  'task_removed',
  'removed',
  'status',
  'progress',
  'usage',
  'tool_use',
]
/** A screen shows no more than so many states a second. */
const tellEveryMs = 33
/** However often a filter makes the daemon be asked again. */
const askEveryMs = 200
/** After an answer that was none. */
const askAgainMs = 1000

/** The newest tasks of a daemon, kept up with its events from `start` to `stop`. */
export class TaskList {
  readonly state = new Observable<TaskListState>(noTasks, tellEveryMs)
  readonly #client: LiveClient
  readonly #filter: TaskFilter
  #window: TaskWindow = emptyWindow
  #following: { readonly feed: Feed; readonly closing: AbortController } | undefined
  /** While the daemon answers what belongs in the window, no event is taken: each would be folded into the wrong one. */
  #asking: Promise<void> | undefined
  #askTimer: ReturnType<typeof setTimeout> | undefined
  #askedAtMs = Number.NEGATIVE_INFINITY

  constructor(client: LiveClient, filter: TaskFilter) {
    this.#client = client
    this.#filter = filter
  }

  /** Once per `stop`. */
  start(): void {
    const following = { feed: this.#client.openFeed({ types }), closing: new AbortController() }
    this.#following = following
    void this.#follow(following.feed, following.closing.signal)
  }

  /** Nothing of this list is left behind; what it shows stays as it is. */
  stop(): void {
    clearTimeout(this.#askTimer)
    this.#askTimer = undefined
    this.#following?.closing.abort()
    this.#following?.feed.close()
    this.#following = undefined
  }

  async #follow(feed: Feed, signal: AbortSignal): Promise<void> {
    try {
      for await (const item of feed) {
        await this.#asking
        if (signal.aborted) return
        this.#take(item, signal)
      }
    } catch (error) {
      if (!signal.aborted) this.state.patch({ error: toSparkyError(error) })
    }
  }

  #take(item: FeedItem, signal: AbortSignal): void {
    if (item.kind === 'connection') {
      this.state.patch({ connection: item.connection })
      // Whoever was away does not know what was removed for good meanwhile.
      if (item.connection.state === 'replaying') this.#show({ ...this.#window, isStale: true })
    }
    if (item.kind === 'event') this.#show(afterEvent(this.#window, item.event, this.#filter))
    // What is asked before the subscription stands would leave a gap between the answer and the events.
    if (item.kind !== 'connection' || item.connection.state === 'replaying')
      this.#askIfStale(signal, askEveryMs)
  }

  #show(window: TaskWindow): void {
    this.#window = window
    this.state.patch({ tasks: window.tasks })
  }

  #askIfStale(signal: AbortSignal, everyMs: number): void {
    if (!this.#window.isStale || this.#askTimer !== undefined || this.#asking !== undefined) return
    const waitMs = Math.max(0, this.#askedAtMs + everyMs - performance.now())
    this.#askTimer = setTimeout(() => {
      this.#askTimer = undefined
      this.#asking = this.#ask(signal).finally(() => {
        this.#asking = undefined
        if (!signal.aborted) this.#askIfStale(signal, askAgainMs)
      })
    }, waitMs)
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { status, group, labels } = this.#filter
    this.#askedAtMs = performance.now()
    try {
      const page = await this.#client.call(
        'listTasks',
        {
          limit: limitOf(this.#filter),
          ...(status !== undefined && { status: [status].flat() }),
          ...(group !== undefined && { group }),
          ...(labels !== undefined && {
            label: Object.entries(labels).map(([name, value]) => `${name}=${value}`),
          }),
        },
        { signal },
      )
      if (signal.aborted) return
      this.#show(withPage(this.#window, page))
      this.state.patch({ error: null })
    } catch (error) {
      if (!signal.aborted) this.state.patch({ error: toSparkyError(error) })
    }
  }
}
