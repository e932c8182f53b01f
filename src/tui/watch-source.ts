import type { Feed, FeedOptions } from '../client/feed.ts'
import type { DaemonStatus } from '../protocol/daemon-status.ts'
import type { Why } from '../protocol/api.ts'
import type { Event } from '../protocol/event.ts'
import type { TaskStatus } from '../protocol/status.ts'
import type { Task } from '../protocol/task.ts'

/**
 * All that the screens need of a daemon. Every call may reject with a `SparkyError`; the screens show its message
 * and stay. `ref` is a task's number, id or unique prefix.
 */
export interface WatchSource {
  status(): Promise<DaemonStatus>
  /** One page, newest first; `next_cursor` is null on the last one. */
  listTasks(query: TaskQuery): Promise<TasksPage>
  showTask(ref: string): Promise<Task>
  /** One page of a task's events after a `seq`, in order; `next_after` is null on the last page. */
  taskEvents(ref: string, after: number): Promise<EventsPage>
  openFeed(options: FeedOptions): Feed
  why(ref: string): Promise<Why>
  cancel(ref: string): Promise<Task>
  retry(ref: string): Promise<Task>
  add(prompt: string): Promise<Task>
  /** A tool's whole result, for one that its event holds only in part. */
  toolResult(taskId: string, callId: string): Promise<{ readonly result: string }>
}

export interface TaskQuery {
  readonly status: readonly TaskStatus[]
  readonly limit: number
  readonly cursor?: string
}

export interface TasksPage {
  readonly tasks: readonly Task[]
  readonly next_cursor: string | null
}

export interface EventsPage {
  readonly events: readonly Event[]
  readonly next_after: number | null
}
