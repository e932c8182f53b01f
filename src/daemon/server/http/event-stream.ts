import type { EventFilter } from '../delivery/event-filter.ts'
import type { Hub } from '../delivery/hub.ts'
import { Reply } from './reply.ts'
import { ndjsonSink } from '../delivery/sink.ts'
import type { SubscriptionEnd } from '../delivery/subscription.ts'

interface StreamOptions {
  readonly after: number
  readonly filter: EventFilter
  /** Ends after this many events. */
  readonly limit: number | undefined
  /** Stays and sends what comes: with a task until that is final, else until the reader leaves. */
  readonly follow: boolean
  readonly taskId: string | undefined
}

/**
 * Events line by line, at the reader's pace. A stream that could not be sent to its end is cut, so that its reader
 * can tell that from the end of the events.
 */
export const eventStream = (hub: Hub, options: StreamOptions): Reply =>
  new Reply((response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
    if (response.req.method === 'HEAD') {
      response.end()
      return
    }
    response.flushHeaders()
    const subscription = hub.subscribe({
      id: null,
      after: options.after,
      filter: options.filter,
      limit: options.limit,
      sink: ndjsonSink(response),
      end: endOf(options),
      onEnd: (error) => (error === undefined ? response.end() : response.destroy()),
    })
    response.once('close', () => subscription.close())
  })

const endOf = ({ follow, taskId }: StreamOptions): SubscriptionEnd => {
  if (!follow) return { kind: 'replayed' }
  return taskId === undefined ? { kind: 'never' } : { kind: 'task_final', taskId }
}
