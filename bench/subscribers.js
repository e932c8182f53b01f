/**
 * Subscribers of a WebSocket server, the same program for Sparky and for the floor. Does what its parent says:
 *
 * - `{ kind: 'connect', url, token, subscribers }`: answers once all of them are live.
 * - `{ kind: 'begin', keepsTimes }`: counts from here.
 * - `{ kind: 'end', count, sentMs }`: answers once each has so many events: when the last one came, and how long they
 *   took since `sentMs`.
 *
 * Says unasked how many the slowest of them has, now and then: `{ taken }`.
 */
import { FrameReader } from './frame-reader.js'

const takenEvery = 200
let readers = []
/** How many readers have passed each multiple of `takenEvery`. */
let passed = new Map()
let lastMs = 0
let onTaken = () => {}

const answers = { connect, begin, end }
process.on('message', async (message) => process.send(await answers[message.kind](message)))
process.on('disconnect', () => process.exit())

async function connect({ url, token, subscribers }) {
  for (const reader of readers) reader.close()
  readers = Array.from({ length: subscribers }, () => new FrameReader({ url, token, onRead }))
  await Promise.all(readers.map(({ live }) => live))
  return {}
}

function begin({ keepsTimes }) {
  passed = new Map()
  for (const reader of readers) reader.begin(keepsTimes)
  return {}
}

function onRead(reader, before, readMs) {
  lastMs = readMs
  for (let mark = Math.floor(before / takenEvery) + 1; mark * takenEvery <= reader.count; mark += 1) {
    const count = (passed.get(mark) ?? 0) + 1
    passed.set(mark, count)
    if (count === readers.length) process.send({ taken: mark * takenEvery })
  }
  onTaken()
}

async function end({ count, sentMs }) {
  await new Promise((resolve) => {
    onTaken = () => readers.every((reader) => reader.count >= count) && resolve()
    onTaken()
  })
  onTaken = () => {}
  const took = Float64Array.from(
    readers.flatMap(({ receivedMs }) => receivedMs.map((ms, at) => ms - sentMs[at])),
  ).sort()
  return { lastMs, p50: took[Math.floor(took.length / 2)], p99: took[Math.floor(took.length * 0.99)] }
}
