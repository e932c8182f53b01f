import type { LiveClient } from '../client/live-client.ts'
import { callOwn } from '../client/report-error.ts'
import type { TaskRequest } from '../client/submit-task.ts'
import { TaskFailure } from '../client/task-failure.ts'
import type { SparkyError } from '../protocol/failure.ts'
import { isFinal } from '../protocol/status.ts'
import type { Task } from '../protocol/task.ts'
import { Observable } from './observable.ts'
import { toSparkyError } from './to-sparky-error.ts'

export interface AgentTaskState {
  /** Until the daemon has accepted the task. */
  readonly isSubmitting: boolean
  /** From then on until it has ended. */
  readonly isProcessing: boolean
  /** The task that was submitted last, as it is now; null before it is accepted. */
  readonly currentTask: Task | null
  /** Why that task was not accepted, failed or was cancelled; a `TaskFailure` where it has ended. */
  readonly error: SparkyError | null
}

export interface AgentTaskCallbacks {
  /** Called once for each task that completed. */
  readonly onComplete?: ((task: Task) => void) | undefined
  /** Called once for each task that was not accepted, failed or was cancelled. */
  readonly onError?: ((error: SparkyError) => void) | undefined
}

interface AgentTaskPorts {
  /** The latest of each. */
  readonly client: () => LiveClient
  readonly callbacks: () => AgentTaskCallbacks
}

/** Before the first task. */
const noTask: AgentTaskState = {
  isSubmitting: false,
  isProcessing: false,
  currentTask: null,
  error: null,
}

/** One task on its way. */
interface Following {
  /** Which submission it is; the newest is the one that is shown. */
  readonly turn: number
  readonly ending: AbortController
  isAccepted: boolean
}

/**
 * What one `useAgentTask` has submitted. Its state is about the task submitted last; each one is followed to its
 * end, until `stop`. Stopping cancels nothing, and what is being submitted is still handed over.
 */
export class AgentTask {
  readonly state = new Observable<AgentTaskState>(noTask)
  readonly #ports: AgentTaskPorts
  readonly #followed = new Set<Following>()
  /** Whoever submits before the first effect has run is there already. */
  #isStopped = false
  #turn = 0

  constructor(ports: AgentTaskPorts) {
    this.#ports = ports
  }

  /** Goes on following what was left unfinished by a `stop`. */
  start(): void {
    this.#isStopped = false
    const { currentTask } = this.state.get()
    const isFollowed = [...this.#followed].some(
      ({ turn, ending }) => turn === this.#turn && !ending.signal.aborted,
    )
    if (currentTask !== null && !isFinal(currentTask.status) && !isFollowed) void this.#resume(currentTask)
  }

  stop(): void {
    this.#isStopped = true
    for (const { isAccepted, ending } of this.#followed) if (isAccepted) ending.abort()
  }

  /**
   * Resolves with the task when it has ended, however it ended, and with null where it was not accepted or nobody
   * follows it any more. Never rejects: what went wrong is in `error` and goes to `onError`.
   */
  submit(request: TaskRequest): Promise<Task | null> {
    this.#turn += 1
    this.state.set({ ...noTask, isSubmitting: true })
    return this.#follow(false, (onUpdate, signal) =>
      this.#ports.client().submitTask(request, onUpdate, { signal }),
    )
  }

  #resume(task: Task): Promise<Task | null> {
    return this.#follow(true, async (onUpdate, signal) => {
      const watch = this.#ports.client().watchTask(task.id, { after: task.last_seq, signal })
      for await (const _ of watch) if (watch.task !== undefined) onUpdate(watch.task)
      return watch.task ?? task
    })
  }

  async #follow(
    isAccepted: boolean,
    run: (onUpdate: (task: Task) => void, signal: AbortSignal) => Promise<Task>,
  ): Promise<Task | null> {
    const following: Following = { turn: this.#turn, ending: new AbortController(), isAccepted }
    const { signal } = following.ending
    this.#followed.add(following)
    try {
      const task = await run((task) => this.#accepted(following, task), signal)
      if (signal.aborted) return null
      const error = task.status === 'completed' ? null : new TaskFailure(task)
      await this.#ended(following, { currentTask: task, error })
      return task
    } catch (thrown) {
      if (!signal.aborted) await this.#ended(following, { error: toSparkyError(thrown) })
      return null
    } finally {
      this.#followed.delete(following)
    }
  }

  #accepted(following: Following, currentTask: Task): void {
    following.isAccepted = true
    if (!isFinal(currentTask.status)) {
      this.#show(following, { isSubmitting: false, isProcessing: true, currentTask })
    }
    if (this.#isStopped) following.ending.abort()
  }

  async #ended(following: Following, outcome: Partial<AgentTaskState>): Promise<void> {
    this.#show(following, { isSubmitting: false, isProcessing: false, ...outcome })
    if (this.#isStopped) return
    // By then React has rendered it, so a callback may be the end of the program.
    await Promise.resolve()
    const { onComplete, onError } = this.#ports.callbacks()
    if (outcome.error) callOwn(onError, outcome.error)
    else if (outcome.currentTask) callOwn(onComplete, outcome.currentTask)
  }

  #show({ turn }: Following, changes: Partial<AgentTaskState>): void {
    if (turn === this.#turn) this.state.patch(changes)
  }
}
