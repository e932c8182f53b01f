import { SparkyError } from '../../../protocol/failure.ts'
import type { Task } from '../../../protocol/task.ts'

/** What it takes to find a task by any of its names. */
export interface TaskNames {
  task(id: string): Task | undefined
  byNumber(number: number): Task | undefined
  idsStartingWith(prefix: string): readonly string[]
}

/** The task with this number, id or unique id prefix. Throws `not_found`, or `usage` where a prefix fits several. */
export const resolveTask = (names: TaskNames, ref: string): Task => {
  const found = names.task(ref) ?? (/^[1-9]\d{0,14}$/.test(ref) ? names.byNumber(Number(ref)) : undefined)
  if (found !== undefined) return found
  const ids = ref.length < minPrefixLength ? [] : names.idsStartingWith(ref)
  if (ids.length > 1) {
    throw new SparkyError(
      'usage',
      `expected the id of one task, found "${ref}", which ${ids.length} ids begin with`,
    )
  }
  const task = ids[0] === undefined ? undefined : names.task(ids[0])
  if (task === undefined) throw new SparkyError('not_found', `no task "${shortened(ref)}"`)
  return task
}

const minPrefixLength = 4

/** What somebody sent may be a megabyte, and goes back as one line. */
const shortened = (ref: string): string => (ref.length > 80 ? `${ref.slice(0, 80)}…` : ref)
