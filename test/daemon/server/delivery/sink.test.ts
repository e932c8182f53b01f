import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Frame } from '../../../../src/daemon/server/delivery/frame.ts'
import { ndjsonSink } from '../../../../src/daemon/server/delivery/sink.ts'

test('however many wait until a reader has taken everything, its socket hears of one', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const reader = net.connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
  onTestFinished(() => void reader.destroy())
  reader.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  const sink = ndjsonSink(response)
  const event = { v: 1, ts: '', task_id: 't', attempt: 1, step: 1, type: 'message_delta' } as const
  while (!sink.needsDrain) sink.write(new Frame({ ...event, data: { text: 'x'.repeat(100_000), offset: 0 } }))
  const before = response.listenerCount('close')
  const waiting = Array.from({ length: 50 }, () => sink.drained())
  expect(response.listenerCount('drain')).toBe(1)
  expect(response.listenerCount('close')).toBe(before + 1)
  reader.resume()
  await Promise.all(waiting)
  expect(sink.needsDrain).toBe(false)
  expect(response.listenerCount('drain')).toBe(0)
  expect(response.listenerCount('close')).toBe(before)
})
