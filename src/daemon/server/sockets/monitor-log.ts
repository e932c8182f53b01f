import { isFinal } from '../../../protocol/status.ts'
import type { StoredEvent } from '../../../protocol/event.ts'
import type { Log } from '../../lifecycle/log.ts'
import type { Store } from '../../store/store.ts'
import { monitorUser } from './session.ts'

interface MonitorLogOptions {
  readonly store: Store
  readonly log: Log
  /** How many sessions of the monitor's user there are. */
  readonly sessions: () => number
}

/**
 * Says in the log, for each running task, when its events are first forwarded to a Task Monitor, and when it
 * starts without one: what people look for when they see nothing.
 */
export class MonitorLog {
  readonly #options: MonitorLogOptions
  readonly #forwarded = new Set<string>()
  readonly #stopListening: () => void

  constructor(options: MonitorLogOptions) {
    this.#options = options
    this.#stopListening = options.store.onAppend((events) => events.forEach((event) => this.#look(event)))
  }

  /** To be called when a session of the monitor's user has come or gone. */
  sessionsChanged(): void {
    const { store, sessions } = this.#options
    if (sessions() === 0) return this.#forwarded.clear()
    for (const { id } of store.running()) this.#forward(id)
  }

  close(): void {
    this.#stopListening()
  }

  #look(event: StoredEvent): void {
    if (event.type !== 'status' || event.task_id === null) return
    const { status } = event.data
    if (status === 'in_progress') this.#start(event.task_id)
    else if (isFinal(status) || status === 'pending') this.#forwarded.delete(event.task_id)
  }

  #start(taskId: string): void {
    if (this.#options.sessions() > 0) return this.#forward(taskId)
    this.#options.log.info(this.#fields(taskId), `No active connection for user ${monitorUser}`)
  }

  #forward(taskId: string): void {
    if (this.#forwarded.has(taskId)) return
    this.#forwarded.add(taskId)
    const { log, sessions } = this.#options
    log.info({ ...this.#fields(taskId), sessions: sessions() }, 'WebSocket forwarder created for task')
  }

  #fields(taskId: string): { task: number | undefined; task_id: string } {
    return { task: this.#options.store.task(taskId)?.number, task_id: taskId }
  }
}
