import { randomUUID } from 'node:crypto'
import type { SessionRow } from '../../../protocol/session-statistics.ts'
import { closeCodes } from '../../../protocol/frames.ts'
import type { Task } from '../../../protocol/task.ts'
import { taskClientFrameSchema, type TaskFrame } from '../../../protocol/task-frames.ts'
import { usualUser } from '../../../protocol/usual-names.ts'
import { parseFrame } from './client-frame.ts'
import { Connection, type Wire } from './connection.ts'
import { EventFilter } from '../delivery/event-filter.ts'
import type { ServerRoom } from '../room.ts'
import type { Subscription } from '../delivery/subscription.ts'
import { outcomeFrame, stepSink, taskErrorFrame } from './task-steps.ts'
import type { Visitor } from './visitor.ts'

/**
 * Silent is who has sent no message for so long. The signs of life that a WebSocket library gives by itself (`pong`,
 * and the `ping` of some) do not count: they say that the machine is there, not that a program still watches. A client
 * that means to stay sends `{"type": "ping"}` every half minute.
 */
const defaultSilenceMs = 60_000

interface TaskWatchPorts extends Pick<ServerRoom, 'hub' | 'store' | 'queue' | 'log'> {
  readonly silenceMs?: number | undefined
  readonly onClose: (watch: TaskWatch) => void
}

/**
 * One WebSocket on `/ws/tasks/{task_id}`: the task's events from the first on, as steps, then how it ended, and the
 * end. It watches: it starts nothing, and leaving cancels nothing. Every watcher sees the same, so none sees deltas,
 * which may be dropped for one and not for another. A slow reader is replayed from the store like any other.
 */
export class TaskWatch implements Visitor {
  readonly id = randomUUID()
  readonly userId = usualUser
  readonly #taskId: string
  readonly #logFields: Record<string, unknown>
  readonly #ports: TaskWatchPorts
  readonly #connection: Connection
  readonly #silence: NodeJS.Timeout
  #subscription: Subscription | undefined
  #sentBefore = 0

  constructor(wire: Wire, task: Task, ports: TaskWatchPorts) {
    this.#taskId = task.id
    this.#logFields = { session: this.id, user: this.userId, task: task.number, task_id: task.id }
    this.#ports = ports
    this.#connection = new Connection({
      ...wire,
      log: ports.log,
      fields: () => this.#logFields,
      onMessage: (message, isBinary) => this.#receive(message, isBinary),
      errorFrame: taskErrorFrame,
      onClose: () => {
        clearTimeout(this.#silence)
        this.#subscription?.close()
        ports.onClose(this)
      },
    })
    this.#silence = setTimeout(
      () => this.close(closeCodes.done, 'Heartbeat timeout'),
      ports.silenceMs ?? defaultSilenceMs,
    ).unref()
  }

  begin(): void {
    const { log, store } = this.#ports
    this.#connection.begin()
    log.info(this.#logFields, 'WebSocket connected')
    this.#connection.send({ type: 'connected', task_id: this.#taskId })
    this.#watch((store.task(this.#taskId)?.first_seq ?? 1) - 1)
  }

  get row(): SessionRow {
    return {
      session_id: this.id,
      user_id: this.userId,
      endpoint: '/ws/tasks/{task_id}',
      task_id: this.#taskId,
      client: null,
      connected_at: this.#connection.connectedAt.toISOString(),
      events_sent: this.#sentBefore + (this.#subscription?.sent ?? 0),
      buffered_bytes: this.#connection.sink.bufferedBytes,
      subscribed: true,
      cursor: this.#subscription?.cursor ?? null,
      lagging: this.#subscription?.isLagging ?? false,
    }
  }

  beat(): void {
    this.#connection.beat()
  }

  close(code: number, reason: string): void {
    this.#subscription?.close()
    this.#connection.close(code, reason)
  }

  #watch(after: number): void {
    const taskId = this.#taskId
    this.#sentBefore += this.#subscription?.sent ?? 0
    this.#subscription = this.#ports.hub.subscribe({
      id: null,
      after,
      filter: new EventFilter({ taskIds: [taskId] }),
      sink: stepSink(this.#connection.sink),
      end: { kind: 'task_final', taskId },
      onEnd: (error) => this.#end(error),
    })
  }

  #end(error: unknown): void {
    const { store } = this.#ports
    if (error !== undefined) return this.#connection.giveUp(error)
    const task = store.task(this.#taskId)
    const outcome = task === undefined ? removedFrame(this.#taskId) : outcomeFrame(task)
    // A user retried it in the moment of its end: it goes on.
    if (outcome === undefined) return this.#watch(this.#subscription?.cursor ?? 0)
    void this.#connection.endWith(outcome, { code: closeCodes.done, reason: task?.status ?? 'removed' })
  }

  #receive(message: Buffer, isBinary: boolean): void {
    this.#silence.refresh()
    const { type } = parseFrame(taskClientFrameSchema, message, isBinary)
    if (type === 'ping') return this.#connection.send({ type: 'pong' })
    this.#ports.queue
      .cancel(this.#taskId, { by: this.userId, reason: null })
      .catch((error: unknown) => this.#connection.refuse(error))
  }
}

const removedFrame = (taskId: string): TaskFrame =>
  taskErrorFrame({ code: 'not_found', message: `task ${taskId} was removed`, hint: null })
