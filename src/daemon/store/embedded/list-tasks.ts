import { setImmediate } from 'node:timers/promises'
import type { Task } from '../../../protocol/task.ts'
import type { TaskPage, TaskQuery } from '../store.ts'
import type { Row } from './page.ts'
import type { TaskTable } from './task-table.ts'

/** The newest tasks that match; reads tasks from disk only where they are shown or their labels are asked for. */
export const listTasks = async (table: TaskTable, query: TaskQuery): Promise<TaskPage> => {
  const found: Task[] = []
  const before = query.before ?? Infinity
  for (const page of table.pages.toReversed()) {
    for (const row of page.rows.toReversed()) {
      if (row.number >= before || !rowMatches(row, query) || table.isRemoved(row)) continue
      const task = table.taskOf(row)
      if (!labelsMatch(task, query)) continue
      if (found.length >= query.limit) return { tasks: found, nextBefore: found.at(-1)?.number ?? null }
      found.push(task)
    }
    // Looking for labels may read every page; others want to work meanwhile.
    if (query.labels !== undefined) await setImmediate()
  }
  return { tasks: found, nextBefore: null }
}

const rowMatches = (row: Row, { statuses, group }: TaskQuery): boolean =>
  (statuses === undefined || statuses.has(row.status)) && (group === undefined || row.group === group)

const labelsMatch = (task: Task, { labels }: TaskQuery): boolean =>
  Object.entries(labels ?? {}).every(([name, value]) => task.labels[name] === value)
