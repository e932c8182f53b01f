import type { Command } from 'commander'
import { taskStatuses } from '../../../../protocol/status.ts'
import type { Context } from '../../../context.ts'
import { paintStatus, statusLabel } from '../../../output/status-label.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { daemon, output } = context
    const { tasks: counts } = await daemon.need((client) => client.call('status', {}))
    output.result(counts, () =>
      taskStatuses
        .map(
          (status) =>
            `${paintStatus(status, output.style)(statusLabel(status).padEnd(12))}  ${counts[status]}`,
        )
        .join('\n'),
    )
  })
}
