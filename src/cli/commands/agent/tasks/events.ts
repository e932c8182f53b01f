import type { Command } from 'commander'
import { followEvents, readEvents } from '../../../../client/event-stream.ts'
import { isEvent } from '../../../../protocol/event-names.ts'
import type { Context } from '../../../context.ts'
import { parseTaskRef, wholeNumber } from '../../../flags.ts'
import { eventLine } from '../../../output/event-line.ts'

interface Flags {
  readonly after: number
  readonly follow?: boolean
}

export const define = (command: Command, context: Context): void => {
  command
    .argument('<task>', 'number, id or the beginning of an id', parseTaskRef)
    .option('--after <seq>', 'only after the event of this number', wholeNumber('--after', { min: 0 }), 0)
    .option('--follow', 'go on until the task has ended')
    .action(async (id: string, { after, follow }: Flags) => {
      const { daemon, output } = context
      const task = await daemon.need((client) => client.call('showTask', { id }))
      const read = follow ? followEvents : readEvents
      for await (const line of read(daemon.look(), { task: task.id, after })) {
        if (!isEvent(line)) continue
        if (output.json) await output.jsonLine(line)
        else await output.flow(eventLine(line, String(task.number), output.style))
      }
    })
}
