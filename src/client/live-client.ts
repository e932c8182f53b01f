import type { StreamLine } from '../protocol/api.ts'
import type { Task } from '../protocol/task.ts'
import { ApiClient, type ApiClientOptions, type LocatedDaemon } from './api-client.ts'
import { feedLines, type LinesOptions } from './feed-lines.ts'
import type { Feed } from './feed.ts'
import { PulledFeed, type PulledFeedOptions } from './pulled-feed.ts'
import { Session, type SessionOptions } from './session.ts'
import {
  submitAgentTask,
  submitTask,
  type OnTaskUpdate,
  type SubmitOptions,
  type TaskRequest,
} from './submit-task.ts'
import { TaskWatch, type WatchOptions } from './task-watch.ts'
import type { Transport } from './transport.ts'

interface ClientPorts {
  readonly locate: () => LocatedDaemon | null
  readonly transport: Transport
}

export type EventsOptions = PulledFeedOptions & LinesOptions

/** All of a daemon that a program needs: calls over HTTP, and everything live. Has nothing to close of its own. */
export class LiveClient extends ApiClient {
  readonly #madeOf: ClientPorts
  readonly #options: ApiClientOptions

  constructor(ports: ClientPorts, options: ApiClientOptions = {}) {
    super({ locate: ports.locate, sendRequest: ports.transport.sendRequest }, options)
    this.#madeOf = ports
    this.#options = options
  }

  /** The same daemon, wherever it is by then, by another token. */
  withToken(token: string): LiveClient {
    const { locate, transport } = this.#madeOf
    const located = (): LocatedDaemon | null => {
      const address = locate()
      return address && { ...address, token }
    }
    return new LiveClient({ locate: located, transport }, this.#options)
  }

  /** Adds a task and follows it; resolves with the finished task, also with one that failed or was cancelled. */
  submitTask(request: TaskRequest, onUpdate?: OnTaskUpdate, options: SubmitOptions = {}): Promise<Task> {
    return submitTask(this, request, { ...options, onUpdate })
  }

  /** The same; rejects with a `TaskFailure` where the task failed or was cancelled. */
  submitAgentTask(request: TaskRequest, onUpdate?: OnTaskUpdate, options: SubmitOptions = {}): Promise<Task> {
    return submitAgentTask(this, request, { ...options, onUpdate })
  }

  /** One task's events, by its number, id or prefix, until its end. Connects when it is iterated. */
  watchTask(ref: string | number, options: WatchOptions & { readonly deltas: true }): TaskWatch<StreamLine>
  watchTask(ref: string | number, options?: WatchOptions): TaskWatch
  watchTask(ref: string | number, options: WatchOptions = {}): TaskWatch | TaskWatch<StreamLine> {
    return new TaskWatch<StreamLine>(this, ref, options)
  }

  /** Events of all tasks or of some, and deltas where they are asked for, without an end. */
  events({ signal, onConnection, ...options }: EventsOptions = {}): AsyncGenerator<StreamLine> {
    return feedLines(this.openFeed(options), { signal, onConnection })
  }

  /** The same with what is about the connection in between. Connects when it is iterated. */
  openFeed(options: PulledFeedOptions = {}): Feed {
    return new PulledFeed(this.#ports, options)
  }

  /** One connection both ways, which stays until it is closed. */
  openSession(options: SessionOptions = {}): Session {
    return new Session(this.#ports, options)
  }

  get #ports() {
    return { api: this as ApiClient, openSocket: this.#madeOf.transport.openSocket }
  }
}
