import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { printScheduleTable } from '../../output/schedule-table.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { daemon, output } = context
    const { schedules } = await daemon.need((client) => client.call('listSchedules', {}))
    if (output.json) return output.value(schedules)
    if (schedules.length === 0) return output.note('No schedules.')
    return printScheduleTable(schedules, output, Date.now())
  })
}
