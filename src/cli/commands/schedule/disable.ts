import type { Command } from 'commander'
import { changeSchedules } from '../../change-schedules.ts'
import type { Context } from '../../context.ts'

export const define = (command: Command, context: Context): void => {
  command.argument('<name...>', 'names of schedules').action((names: string[]) =>
    changeSchedules(context, names, {
      change: (client, name) => client.call('disableSchedule', { name }),
      text: (schedule) => `Schedule ${schedule.name} disabled.`,
    }),
  )
}
