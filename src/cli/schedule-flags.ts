import type { Command } from 'commander'
import type { EditScheduleBody } from '../protocol/schedule.ts'
import { SparkyError } from '../protocol/failure.ts'
import {
  catchUpPolicies,
  overlapPolicies,
  type CatchUpPolicy,
  type OverlapPolicy,
} from '../protocol/schedule-policies.ts'
import type { AddFlags } from './add-task.ts'
import { nonEmpty, oneOf, wholeNumber } from './flags.ts'
import { withTaskFlags } from './task-flags.ts'

/** The flags of `schedule add` and `schedule edit`: how each task is to run, and how they follow each other. */
export interface ScheduleFlags extends AddFlags {
  readonly timezone?: string
  readonly overlap?: OverlapPolicy
  readonly catchUp?: CatchUpPolicy
  /** False is never. */
  readonly maxFailures?: number | false
}

export const withScheduleFlags = (command: Command): Command => {
  withTaskFlags(command)
  for (const option of command.options) if (whenFlags.includes(option.long ?? '')) option.hideHelp()
  return command
    .option(
      '--timezone <zone>',
      "of the cron expression, such as Europe/Berlin (default: this shell's)",
      nonEmpty('--timezone'),
    )
    .option(
      '--overlap <policy>',
      'while its last task has not ended: skip the time (default), queue_one, or all',
      oneOf('--overlap', overlapPolicies),
    )
    .option(
      '--catch-up <policy>',
      'after times were missed, asleep or off: skip them, run once (default), or run all of them',
      oneOf('--catch-up', catchUpPolicies),
    )
    .option(
      '--max-failures <n>',
      'disable it after so many failures in a row (default: never)',
      wholeNumber('--max-failures', { min: 1 }),
    )
    .option('--dedupe', 'add nothing where an unfinished task asks for the same')
}

/** When a single task starts. They are there to be refused by name. */
const whenFlags: readonly string[] = ['--at', '--after', '--after-any']

/** Throws `usage` for the flags that only a single task has. */
export const refuseWhenFlags = ({ at, after, afterAny }: ScheduleFlags): void => {
  if (at === undefined && after === undefined && afterAny === undefined) return
  throw new SparkyError(
    'usage',
    'expected no --at, --after or --after-any: the tasks of a schedule start at its times',
  )
}

/** The flags that are about the schedule itself, as the HTTP interface has them. Names only what was given. */
export const policiesOf = ({
  timezone,
  overlap,
  catchUp,
  maxFailures,
}: ScheduleFlags): Pick<EditScheduleBody, 'timezone' | 'overlap' | 'catch_up' | 'max_failures'> => ({
  ...(timezone !== undefined && { timezone }),
  ...(overlap !== undefined && { overlap }),
  ...(catchUp !== undefined && { catch_up: catchUp }),
  ...(maxFailures !== undefined && { max_failures: maxFailures === false ? null : maxFailures }),
})
