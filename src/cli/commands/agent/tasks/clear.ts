import type { Command } from 'commander'
import type { ApiResult } from '../../../../protocol/api.ts'
import { SparkyError } from '../../../../protocol/failure.ts'
import type { Context } from '../../../context.ts'
import { plural } from '../../../output/amounts.ts'
import { filtersOf, withTaskFilters, type TaskFilters } from '../../../task-filters.ts'

interface Flags extends TaskFilters {
  readonly all?: boolean
}

export const define = (command: Command, context: Context): void => {
  withTaskFilters(command)
    .option('--all', 'all that have ended')
    .action(async ({ all, ...flags }: Flags) => {
      const filters = filtersOf(flags)
      if (!all && Object.keys(filters).length === 0) {
        throw new SparkyError('usage', 'expected a filter or --all, found neither', {
          hint: 'for example: sparky agent tasks clear --status completed',
        })
      }
      const result = await context.daemon.need((client) =>
        client.call('clearTasks', { ...filters, ...(all && { all }) }),
      )
      context.output.result(result, () => clearedText(result))
    })
}

const clearedText = ({ removed, kept = 0 }: ApiResult<'clearTasks'>): string =>
  `${plural(removed, 'task')} removed.` +
  (kept === 0 ? '' : ` ${plural(kept, 'task')} kept, whose answer is needed by one that has not started.`)
