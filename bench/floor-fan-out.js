/** The floor of fan-out: a bare `ws` server that sends the same frames, serialised beforehand, to each with `send`. */
import { createServer } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { WebSocketServer } from 'ws'
import { draftOf, serveSource, taskIdOf } from './event-source.js'

const frames = Array.from({ length: 200_000 }, (_, nth) => {
  const { task_id, attempt, step, type, data } = draftOf(nth, taskIdOf(nth % 32))
  const ts = new Date().toISOString()
  return Buffer.from(JSON.stringify({ v: 1, seq: nth + 1, ts, task_id, attempt, step, type, data }))
})

const server = createServer()
const webSockets = new WebSocketServer({ server, perMessageDeflate: false })
let next = 0
serveSource({
  begin: () => (next = 0),
  send: (count) => {
    for (const frame of frames.slice(next, next + count)) {
      for (const client of webSockets.clients) client.send(frame, { binary: false })
    }
    next += count
    return turn()
  },
  eventsPerSend: 20,
  writers: 1,
})
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`))
process.on('disconnect', () => process.exit())
