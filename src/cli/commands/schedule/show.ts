import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { scheduleView } from '../../output/schedule-view.ts'

export const define = (command: Command, context: Context): void => {
  command.argument('<name>', 'the name of a schedule').action(async (name: string) => {
    const { daemon, output } = context
    const schedule = await daemon.need((client) => client.call('showSchedule', { name }))
    output.result(schedule, () => scheduleView(schedule, output.style, Date.now()))
  })
}
