import type { DaemonClient } from '../client/daemon-client.ts'
import type { Schedule } from '../protocol/schedule.ts'
import type { Context } from './context.ts'

interface Change {
  readonly change: (client: DaemonClient, name: string) => Promise<Schedule>
  readonly text: (schedule: Schedule) => string
}

/**
 * Does the same to each schedule, in the order given. All must exist before anything is done to one. JSON is the
 * schedule, or an array where several were named.
 */
export const changeSchedules = async (
  { daemon, output }: Context,
  names: readonly string[],
  { change, text }: Change,
): Promise<void> => {
  const changed: Schedule[] = []
  await daemon.need(async (client) => {
    if (names.length > 1) for (const name of names) await client.call('showSchedule', { name })
    for (const name of names) {
      const schedule = await change(client, name)
      changed.push(schedule)
      if (!output.json) output.line(text(schedule))
    }
  })
  if (output.json) output.value(changed.length === 1 ? changed[0] : changed)
}
