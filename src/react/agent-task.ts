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
export const noTask: AgentTaskState = {
  isSubmitting: false,
  isProcessing: false,
  currentTask: null,
  error: null,
}

/**
 * What one `useAgentTask` has submitted. Its state is about the task submitted last; each one is followed to its
 * end, between `start` and `stop`. Stopping cancels nothing.
 */
export class AgentTask {
  readonly state = new Observable<AgentTaskState>(noTask)
  readonly #ports: AgentTaskPorts
  #following: AbortController | undefined
  #submitted = 0

  constructor(ports: AgentTaskPorts) {
    this.#ports = ports
  }

  /** Goes on following what was left unfinished by a `stop`. */
  start(): void {
    this.#following = new AbortController()
    const { currentTask } = this.state.get()
    if (currentTask !== null && !isFinal(currentTask.status)) void this.#resume(currentTask)
  }

  stop(): void {
    this.#following?.abort()
    this.#following = undefined
  }

  /**
   * Resolves with the task when it has ended, however it ended, and with null where it was not accepted or nobody
   * follows it any more. Never rejects: what went wrong is in `error` and goes to `onError`.
   */
  async submit(request: TaskRequest): Promise<Task | null> {
    const turn = ++this.#submitted
    const signal = this.#following?.signal ?? AbortSignal.abort()
    if (!signal.aborted) this.state.set({ ...noTask, isSubmitting: true })
    return this.#follow({ turn, signal }, (onUpdate) =>
      this.#ports.client().submitTask(request, onUpdate, { signal }),
    )
  }

  #resume(task: Task): Promise<Task | null> {
    const signal = this.#following?.signal ?? AbortSignal.abort()
    return this.#follow({ turn: this.#submitted, signal }, async (onUpdate) => {
      const watch = this.#ports.client().watchTask(task.id, { after: task.last_seq, signal })
      for await (const _ of watch) if (watch.task !== undefined) onUpdate(watch.task)
      return watch.task ?? task
    })
  }

  async #follow(
    { turn, signal }: { turn: number; signal: AbortSignal },
    run: (onUpdate: (task: Task) => void) => Promise<Task>,
  ): Promise<Task | null> {
    const show = (changes: Partial<AgentTaskState>): void => {
      if (turn === this.#submitted && !signal.aborted) this.state.patch(changes)
    }
    const accepted = { isSubmitting: false, isProcessing: true }
    try {
      const task = await run((currentTask) => {
        if (!isFinal(currentTask.status)) show({ ...accepted, currentTask })
      })
      if (signal.aborted) return null
      const error = task.status === 'completed' ? null : new TaskFailure(task)
      show({ isSubmitting: false, isProcessing: false, currentTask: task, error })
      this.#call(task, error)
      return task
    } catch (thrown) {
      if (signal.aborted) return null
      const error = toSparkyError(thrown)
      show({ isSubmitting: false, isProcessing: false, error })
      this.#call(null, error)
      return null
    }
  }

  #call(task: Task | null, error: SparkyError | null): void {
    const { onComplete, onError } = this.#ports.callbacks()
    if (error !== null) callOwn(onError, error)
    else if (task !== null) callOwn(onComplete, task)
  }
}
