import { SparkyError } from '../protocol/failure.ts'
import type { Task } from '../protocol/task.ts'

/** A task that did not complete. Has the code and the message of the task's error; a cancelled one has `cancelled`. */
export class TaskFailure extends SparkyError {
  /** The task as it ended. */
  readonly task: Task

  constructor(task: Task) {
    const { number, error, status } = task
    super(
      error?.code ?? (status === 'cancelled' ? 'cancelled' : 'internal'),
      error?.message ?? `task ${number} was ${status}`,
      {
        hint: `sparky agent tasks show ${number}`,
        retryable: error?.retryable,
      },
    )
    this.task = task
  }

  /** Known by what it is and not by identity: the library and its hooks may be bundled apart. */
  static override [Symbol.hasInstance](value: unknown): value is TaskFailure {
    return value instanceof SparkyError && 'task' in value
  }
}
