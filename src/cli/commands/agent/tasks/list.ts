import type { Command } from 'commander'
import type { DaemonClient } from '../../../../client/daemon-client.ts'
import type { Task } from '../../../../protocol/task.ts'
import type { Context } from '../../../context.ts'
import { wholeNumber } from '../../../flags.ts'
import { printTaskTable } from '../../../output/task-table.ts'
import { filtersOf, withTaskFilters, type TaskFilters } from '../../../task-filters.ts'

interface Flags extends TaskFilters {
  readonly limit: number
  readonly all?: boolean
}

/** What the daemon gives at once. */
const pageSize = 500

export const define = (command: Command, context: Context): void => {
  withTaskFilters(command)
    .option('--limit <n>', 'how many at most', wholeNumber('--limit', { min: 1 }), 50)
    .option('--all', 'all of them')
    .action(async (flags: Flags) => {
      const { output } = context
      const found = await list(context.daemon.look(), flags)
      if (output.json) return output.value(found)
      if (found.length === 0) return output.note('No tasks.')
      return printTaskTable(found, output, Date.now())
    })
}

const list = async (client: DaemonClient, flags: Flags): Promise<Task[]> => {
  const wanted = flags.all ? Number.POSITIVE_INFINITY : flags.limit
  const found: Task[] = []
  let cursor: string | undefined
  do {
    const limit = Math.min(pageSize, wanted - found.length)
    const page = await client.call('listTasks', {
      ...filtersOf(flags),
      limit,
      ...(cursor !== undefined && { cursor }),
    })
    found.push(...page.tasks)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined && found.length < wanted)
  return found
}
