import type { Store } from '../../store/store.ts'
import type { EventFilter } from '../delivery/event-filter.ts'
import { eventFrame } from '../delivery/frame.ts'
import { Reply, sendText } from './reply.ts'

interface PageOptions {
  readonly after: number
  readonly filter: EventFilter
  /** At most this many events; fewer where they are large. */
  readonly limit: number
}

/** A page is sent as one piece, so it has to fit into memory. */
const maxPageBytes = 4 * 1024 * 1024

/** `{"events": […], "next_after": …}`; `next_after` is null where nothing is left to read. */
export const eventPage = (store: Store, { after, filter, limit }: PageOptions): Reply =>
  new Reply(async (response) => {
    const shown: string[] = []
    let bytes = 0
    let last = after
    const page = (nextAfter: number | null): void =>
      sendText(response, 200, `{"events":[${shown.join(',')}],"next_after":${nextAfter}}`)
    for await (const events of store.events({ after, ...filter.query })) {
      // Through all that a filter hides this may take long, and nobody may wait for it any more.
      if (response.destroyed) return
      for (const event of events) {
        const frame = eventFrame(event)
        if (!filter.passes(frame.message)) continue
        if (shown.length === limit || bytes > maxPageBytes) return page(last)
        shown.push(frame.json)
        bytes += frame.json.length
        last = event.seq
      }
    }
    page(null)
  })
