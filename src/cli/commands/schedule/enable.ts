import type { Command } from 'commander'
import { changeSchedules } from '../../change-schedules.ts'
import type { Context } from '../../context.ts'
import { nextSentence } from '../../output/schedule-text.ts'

export const define = (command: Command, context: Context): void => {
  command.argument('<name...>', 'names of schedules').action((names: string[]) =>
    changeSchedules(context, names, {
      change: (client, name) => client.call('enableSchedule', { name }),
      text: (schedule) => `Schedule ${schedule.name} enabled. ${nextSentence(schedule, Date.now())}`,
    }),
  )
}
