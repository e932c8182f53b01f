import type { StatusCounts } from '../../../protocol/daemon-status.ts'
import { taskStatuses } from '../../../protocol/task.ts'
import type { Page } from './page.ts'

/** The tasks of each group by status; a group without tasks is not named. */
export const countGroups = (pages: readonly Page[]): Map<string, StatusCounts> => {
  const groups = new Map<string, StatusCounts>()
  for (const { rows } of pages) {
    for (const { group, status } of rows) {
      let counts = groups.get(group)
      if (counts === undefined) groups.set(group, (counts = noTasks()))
      counts[status] += 1
    }
  }
  return groups
}

const noTasks = (): StatusCounts =>
  Object.fromEntries(taskStatuses.map((status) => [status, 0])) as StatusCounts
