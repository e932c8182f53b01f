import type { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import * as ws from 'ws'
import { eventFrame, Frame } from '../../../../src/daemon/server/delivery/frame.ts'
import type { StoredEvent } from '../../../../src/protocol/event.ts'

const event = {
  v: 1,
  seq: 1,
  ts: '2026-01-01T00:00:00.000Z',
  task_id: null,
  attempt: null,
  step: null,
  type: 'queue_changed',
  data: { paused: true },
} as const satisfies StoredEvent

test('an event leaves without its private member, and as it is where it has none', () => {
  expect(eventFrame(event).message).toBe(event)
  const json = eventFrame({ ...event, private: { key: 'secret' } }).json
  expect(JSON.parse(json)).toEqual(event)
})

test('a frame is serialised once', () => {
  const frame = eventFrame(event)
  expect(frame.webSocket).toBe(frame.webSocket)
  expect(frame.line).toBe(frame.line)
  expect(frame.line.toString()).toBe(`${frame.json}\n`)
})

test.each([0, 125, 126, 127, 65_535, 65_536, 200_000])(
  'a text of about %i bytes is framed as ws itself would read it',
  async (length) => {
    const frame = new Frame({ type: 'caught_up', id: 'é'.repeat(Math.max(0, length - 35) / 2), seq: 1 })
    expect(await receive(frame.webSocket)).toBe(frame.json)
  },
)

/** Reads bytes as a client would. */
const receive = (bytes: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const receiver = new (Reflect.get(ws, 'Receiver') as new () => PassThrough)()
    receiver.on('message', (message: Buffer) => resolve(message.toString()))
    receiver.on('error', reject)
    receiver.write(bytes)
  })
