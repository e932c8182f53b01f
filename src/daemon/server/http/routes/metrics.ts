import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { metricsOf } from '../metrics.ts'
import { Reply } from '../reply.ts'
import type { ServerRoom } from '../../room.ts'
import type { Handlers } from './handlers.ts'

/** What was used today has to be read from the log when it is first asked for: then it is left out until it is there. */
const maxWaitMs = 200

/** Everything is looked up when it is asked for: a daemon that nobody measures does nothing for it. */
export const metricsHandlers = (room: ServerRoom): Pick<Handlers, 'metrics'> => ({
  metrics: async () => {
    const [{ metricsText }, used, eventLoopLagMs] = await Promise.all([
      import('../metrics-text.ts'),
      soon(room.surroundings.usedToday()),
      eventLoopLag(),
    ])
    const { text, contentType } = await metricsText(metricsOf({ ...room, used, eventLoopLagMs }))
    return new Reply((response) => {
      response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' })
      response.end(text)
    })
  },
})

const soon = async <T>(promise: Promise<T>): Promise<T | undefined> => {
  const tooLate = new AbortController()
  try {
    return await Promise.race([promise, delay(maxWaitMs, undefined, { signal: tooLate.signal })])
  } finally {
    tooLate.abort()
  }
}

const eventLoopLag = async (): Promise<number> => {
  const askedMs = performance.now()
  await nextTurn()
  return performance.now() - askedMs
}
