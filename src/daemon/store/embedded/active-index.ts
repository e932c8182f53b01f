import { isFinal, type Task, type TaskStatus } from '../../../protocol/task.ts'
import { claimantOf, wakeMs, type ActiveTasks, type Claimant } from '../active-tasks.ts'
import { QueueLanes } from './queue-lanes.ts'
import { SortedRuns } from './sorted-runs.ts'
import { byNumber, TaskGroups } from './task-groups.ts'

/** `activeTasksOf`, kept up with each change: what it gives costs the same however many tasks there are. */
export class ActiveIndex implements ActiveTasks {
  readonly #all = new SortedRuns<Task>(byNumber)
  readonly #queued = { loop: new QueueLanes(), chat: new QueueLanes(), parent: new QueueLanes() }
  readonly #running = new SortedRuns<Task>(byNumber)
  readonly #waiting = new SortedRuns<Task>(byNumber)
  readonly #timed = new SortedRuns<Timed>(earlierFirst)
  readonly #dependants = new TaskGroups()
  readonly #children = new TaskGroups()
  readonly #prompts = new TaskGroups()

  active(): Iterable<Task> {
    return this.#all
  }

  queued(claimant: Claimant, isClosed: (task: Task) => boolean = () => false): Iterable<Task> {
    return this.#queued[claimant].tasks(isClosed)
  }

  running(): readonly Task[] {
    return [...this.#running]
  }

  waiting(): readonly Task[] {
    return [...this.#waiting]
  }

  *timed(): Generator<Task> {
    for (const { task } of this.#timed) yield task
  }

  dependants(id: string): readonly Task[] {
    return [...this.#dependants.of(id)]
  }

  children(id: string): readonly Task[] {
    return [...this.#children.of(id)]
  }

  withPrompt(prompt: string): Iterable<Task> {
    return this.#prompts.of(prompt)
  }

  /** A task as it was, and as it is from now on: undefined where it is not there, or not of interest any more. */
  change(before: Task | undefined, after: Task | undefined): void {
    const [old, now] = [ifActive(before), ifActive(after)]
    if (old === undefined && now === undefined) return
    this.#all.exchange(old, now)
    // Who starts a task is settled when it is added.
    this.#queued[claimantOf((now ?? old) as Task)].exchange(
      ifStatus(old, 'pending'),
      ifStatus(now, 'pending'),
    )
    this.#running.exchange(ifStatus(old, 'in_progress'), ifStatus(now, 'in_progress'))
    this.#waiting.exchange(ifStatus(old, 'waiting'), ifStatus(now, 'waiting'))
    this.#timed.exchange(ifTimed(old), ifTimed(now))
    if (old !== undefined && !isGroupedAlike(old, now)) this.#leaveGroups(old)
    if (now !== undefined) this.#joinGroups(now)
  }

  #leaveGroups(task: Task): void {
    this.#prompts.delete(task.prompt, task)
    for (const id of task.depends_on) this.#dependants.delete(id, task)
    if (task.parent_id !== null) this.#children.delete(task.parent_id, task)
  }

  #joinGroups(task: Task): void {
    this.#prompts.add(task.prompt, task)
    for (const id of task.depends_on) this.#dependants.add(id, task)
    if (task.parent_id !== null) this.#children.add(task.parent_id, task)
  }
}

const isGroupedAlike = (old: Task, now: Task | undefined): boolean =>
  old.number === now?.number && old.prompt === now.prompt && old.depends_on === now.depends_on

interface Timed {
  readonly ms: number
  readonly task: Task
}

const earlierFirst = (one: Timed, other: Timed): number =>
  one.ms - other.ms || one.task.number - other.task.number

const ifActive = (task: Task | undefined): Task | undefined =>
  task === undefined || isFinal(task.status) ? undefined : task

const ifStatus = (task: Task | undefined, status: TaskStatus): Task | undefined =>
  task?.status === status ? task : undefined

const ifTimed = (task: Task | undefined): Timed | undefined => {
  const ms = task === undefined ? null : wakeMs(task)
  return task === undefined || ms === null ? undefined : { ms, task }
}
