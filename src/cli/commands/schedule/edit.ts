import type { Command } from 'commander'
import { SparkyError } from '../../../protocol/failure.ts'
import type { Context } from '../../context.ts'
import { nonEmpty } from '../../flags.ts'
import { nextSentence } from '../../output/schedule-text.ts'
import { readPrompt } from '../../prompt.ts'
import { policiesOf, refuseWhenFlags, withScheduleFlags, type ScheduleFlags } from '../../schedule-flags.ts'
import { editedLocks, forEdit, settingsOf } from '../../task-flags.ts'

interface Flags extends ScheduleFlags {
  readonly cron?: string
  readonly every?: string
  readonly prompt?: string
}

export const define = (command: Command, context: Context): void => {
  forEdit(withScheduleFlags(command))
    .argument('<name>', 'the name of a schedule')
    .option('--cron <expression>', 'its times from now on, such as "0 9 * * 1-5"', nonEmpty('--cron'))
    .option('--every <duration>', 'its times from now on, such as 1h30m', nonEmpty('--every'))
    .option('--prompt <text>', 'what is to be done each time; - reads it from stdin')
    .option('--no-max-failures', 'let it go on however often it fails')
    .option('--no-dedupe', 'add a task also where an unfinished one asks for the same')
    .option('--no-notify', 'show no desktop notification')
    .addHelpText('after', '\nWhat is not named stays as it is. Its next task is the first that is changed.')
    .action(async (name: string, flags: Flags) => {
      refuseWhenFlags(flags)
      const { daemon, output, shell } = context
      const changes = {
        ...settingsOf(flags),
        ...editedLocks(flags),
        ...policiesOf(flags),
        ...(flags.cron !== undefined && { cron: flags.cron }),
        ...(flags.every !== undefined && { every: flags.every }),
        ...(flags.dedupe !== undefined && { dedupe: flags.dedupe }),
        ...(flags.prompt !== undefined && { prompt: await readPrompt([flags.prompt], shell) }),
      }
      if (Object.keys(changes).length === 0) {
        throw new SparkyError('usage', 'expected something to change, found no flag', {
          hint: 'sparky help schedule edit shows what can be changed',
        })
      }
      const schedule = await daemon.need((client) => client.call('editSchedule', { ...changes, name }))
      output.result(
        schedule,
        () =>
          `Schedule ${schedule.name} changed: ${Object.keys(changes).join(', ')}. ${nextSentence(schedule, Date.now())}`,
      )
    })
}
