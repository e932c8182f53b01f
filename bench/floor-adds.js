/**
 * The floor of a durable add: a bare `node:http` server that appends each body to a file, filled up to as many bytes
 * as Sparky's log takes for it, and answers when that is synced; all bodies that came meanwhile share one sync.
 * Usage: floor-adds.js FILE BYTES
 */
import { open } from 'node:fs/promises'
import http from 'node:http'

const file = await open(process.argv[2], 'a')
const bytes = Number(process.argv[3])
let waiting = []
let syncing = false

const sync = async () => {
  syncing = true
  while (waiting.length > 0) {
    const batch = waiting
    waiting = []
    await file.appendFile(batch.map(({ body }) => `${body.padEnd(bytes - 1)}\n`).join(''))
    await file.datasync()
    for (const { body, response } of batch) {
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(body)
    }
  }
  syncing = false
}

const server = http.createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (text) => (body += text))
  request.on('end', () => {
    waiting.push({ body, response })
    if (!syncing) void sync()
  })
})
server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${server.address().port}`))
