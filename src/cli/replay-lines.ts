import { setTimeout as pause } from 'node:timers/promises'
import type { Event } from '../protocol/event.ts'
import { replayedSilenceMs } from '../protocol/replay-pace.ts'
import type { Context } from './context.ts'
import { lineText } from './output/event-line.ts'
import { isPlaceholder, isShown, type LineFilter } from './watch-lines.ts'

/**
 * `watch TASK --replay` without a screen: the events that the task has now, as lines, at the pace at which they
 * happened, long silences shortened; with `--json` the events themselves, at once. Ends with the last of them.
 */
export const replayLines = async (
  { daemon, output }: Context,
  ref: string,
  { speed = 1, since = 0, ...filter }: LineFilter & { readonly speed?: number },
): Promise<void> => {
  const client = daemon.look()
  const { id, number } = await client.call('showTask', { id: ref })
  let before: Event | null = null
  let after: number | null = since
  while (after !== null) {
    const page: { events: readonly Event[]; next_after: number | null } = await client.call('taskEvents', {
      id,
      after,
    })
    for (const event of page.events) {
      if (!output.json && before !== null) await silence(before, event, speed)
      before = event
      if (!isShown(event, filter)) continue
      if (output.json) await output.jsonLine(event)
      else if (!isPlaceholder(event, filter)) {
        await output.flow(lineText(event, String(number), output.style))
      }
    }
    after = page.next_after
  }
}

const silence = async (before: Event, next: Event, speed: number): Promise<void> => {
  const waitMs = replayedSilenceMs(before, next) / speed
  if (waitMs >= 1) await pause(waitMs)
}
