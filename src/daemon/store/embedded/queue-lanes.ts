import type { Task } from '../../../protocol/task.ts'
import { inQueueOrder } from '../active-tasks.ts'
import { SortedRuns } from './sorted-runs.ts'

/** Tasks of one group with the same locks, in the order of the queue; at least one. */
interface Lane {
  readonly tasks: SortedRuns<Task>
  first: Task
}

/**
 * Tasks in the order of the queue, kept in lanes: what keeps one task of a lane from starting, a group that is full or
 * paused, a lock that is held, keeps all of them, so that a look passes over 100,000 of them in one step.
 */
export class QueueLanes {
  readonly #lanes = new Map<string, Lane>()
  readonly #inOrder = new SortedRuns<Lane>((one, other) => inQueueOrder(one.first, other.first))

  /** Puts `after` in the place of `before`; either may be missing. */
  exchange(before: Task | undefined, after: Task | undefined): void {
    const [from, to] = [before && laneOf(before), after && laneOf(after)]
    if (before !== undefined && from !== undefined && (from !== to || movesUpOrDown(before, after)))
      this.#delete(from, before)
    if (after !== undefined && to !== undefined) this.#add(to, after)
  }

  /** In the order of the queue, without the lanes of whose first task `isClosed` is true. */
  *tasks(isClosed: (first: Task) => boolean): Generator<Task> {
    const open: Cursor[] = []
    for (const lane of this.#inOrder) {
      // A lane begins with its first task, so those that begin later can wait until it is their turn.
      while (open[0] !== undefined && inQueueOrder(open[0].next, lane.first) < 0) yield take(open)
      if (!isClosed(lane.first)) putBack(open, lane.tasks[Symbol.iterator]())
    }
    while (open.length > 0) yield take(open)
  }

  #add(name: string, task: Task): void {
    const lane = this.#lanes.get(name)
    if (lane === undefined) {
      const only = { tasks: new SortedRuns(inQueueOrder, [task]), first: task }
      this.#lanes.set(name, only)
      this.#inOrder.add(only)
    } else {
      lane.tasks.add(task)
      this.#setFirst(lane, lane.tasks.first ?? task)
    }
  }

  #delete(name: string, task: Task): void {
    const lane = this.#lanes.get(name)
    if (lane === undefined) return
    lane.tasks.delete(task)
    const { first } = lane.tasks
    if (first !== undefined) return this.#setFirst(lane, first)
    this.#inOrder.delete(lane)
    this.#lanes.delete(name)
  }

  #setFirst(lane: Lane, first: Task): void {
    if (inQueueOrder(lane.first, first) === 0) {
      lane.first = first
      return
    }
    this.#inOrder.delete(lane)
    lane.first = first
    this.#inOrder.add(lane)
  }
}

/** How far a lane has been looked at. */
interface Cursor {
  readonly next: Task
  readonly rest: Iterator<Task>
}

/** The first of what the cursors stand at, in whose order they are; its cursor moves on. */
const take = (open: Cursor[]): Task => {
  const { next, rest } = open.shift() as Cursor
  putBack(open, rest)
  return next
}

const putBack = (open: Cursor[], rest: Iterator<Task>): void => {
  const { done, value } = rest.next() as IteratorResult<Task, undefined>
  if (done === true) return
  let [low, high] = [0, open.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (inQueueOrder((open[middle] as Cursor).next, value) < 0) low = middle + 1
    else high = middle
  }
  open.splice(low, 0, { next: value, rest })
}

/** Most tasks hold no lock. */
const laneOf = ({ group, locks }: Task): string =>
  locks.length === 0 ? `group ${group}` : `locks ${JSON.stringify([group, ...locks.toSorted()])}`

const movesUpOrDown = (before: Task, after: Task | undefined): boolean =>
  after === undefined || inQueueOrder(before, after) !== 0
