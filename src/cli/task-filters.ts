import type { Command } from 'commander'
import type { TaskStatus } from '../protocol/status.ts'
import { listed, nonEmpty, parseLabel, parseStatus, repeated } from './flags.ts'

/** The flags that choose tasks: those of `tasks list` and `tasks clear`. */
export interface TaskFilters {
  readonly status?: readonly TaskStatus[]
  readonly group?: string
  readonly label?: readonly (readonly [string, string])[]
}

export const withTaskFilters = (command: Command): Command =>
  command
    .option('--status <status...>', 'only of these statuses', listed(parseStatus))
    .option('--group <name>', 'only of this group', nonEmpty('--group'))
    .option('--label <name=value>', 'only with this label; may be repeated', repeated(parseLabel('--label')))

/** The filters as the HTTP interface has them. */
export const filtersOf = ({ status, group, label }: TaskFilters) => ({
  ...(status && { status: [...status] }),
  ...(group !== undefined && { group }),
  ...(label && { label: label.map(([name, value]) => `${name}=${value}`) }),
})
