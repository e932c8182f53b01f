import type { Task } from '../../../protocol/task.ts'
import { SortedRuns } from './sorted-runs.ts'

export const byNumber = (one: Task, other: Task): number => one.number - other.number

/** Tasks under a name that several of them may have; those of one name in the order of their numbers. */
export class TaskGroups {
  /** Most names are one task's. */
  readonly #groups = new Map<string, Task | SortedRuns<Task>>()

  of(name: string): Iterable<Task> {
    const group = this.#groups.get(name)
    return group === undefined ? [] : group instanceof SortedRuns ? group : [group]
  }

  /** Puts `task` in; in the place of the one with its number, where there is one. */
  add(name: string, task: Task): void {
    const group = this.#groups.get(name)
    if (group === undefined) this.#groups.set(name, task)
    else if (group instanceof SortedRuns) group.add(task)
    else if (group.number === task.number) this.#groups.set(name, task)
    else this.#groups.set(name, new SortedRuns(byNumber, [group, task].sort(byNumber)))
  }

  delete(name: string, task: Task): void {
    const group = this.#groups.get(name)
    if (group instanceof SortedRuns) {
      group.delete(task)
      if (group.isEmpty) this.#groups.delete(name)
    } else if (group?.number === task.number) this.#groups.delete(name)
  }
}
