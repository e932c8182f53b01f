import type { TaskTable } from './task-table.ts'

/** Between which `seq` the events of these tasks stand; undefined is all tasks. One that is not known may be anywhere. */
export const spanOfTasks = (
  table: Pick<TaskTable, 'row'>,
  ids: ReadonlySet<string> | undefined,
): { readonly first: number; readonly last: number } => {
  if (ids === undefined) return { first: 1, last: Infinity }
  let [first, last] = [Infinity, 0]
  for (const id of ids) {
    const row = table.row(id)
    first = Math.min(first, row?.firstSeq ?? 1)
    last = Math.max(last, row?.lastSeq ?? Infinity)
  }
  return { first, last }
}
