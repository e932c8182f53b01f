import { fork } from 'node:child_process'
import { once } from 'node:events'
import { constants, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { buildDaemon } from './build-daemon.js'
import { nowMs, sendPaced } from './event-source.js'
import { openHome } from './home.js'
import { bestRates, environment } from './measure.js'
import { report } from './report.js'

const subscriberCounts = [1, 10, 100]
const floodMs = 400
const pace = { ms: 1000, perSecond: 1000 }
/** Not measured: a program's first seconds go to compiling it, and the daemon's also to what its start left to do. */
const warmUp = { ms: 4000, perSecond: 2000 }

/**
 * Events from their append (on disk before anyone sees them) to subscribers in another process, against a bare `ws`
 * server that sends frames of the same 300 bytes, serialised beforehand, to each of them with `send`.
 */
export const fanOut = async (folder) => {
  const home = openHome(folder, 'fan-out')
  const floorFile = path.join(import.meta.dirname, 'floor-fan-out.js')
  const processes = {
    sparky: await startServer(await buildDaemon('daemon-with-source'), home.options.env),
    floor: await startServer(floorFile, environment()),
    subscribers: talkTo(fork(path.join(import.meta.dirname, 'subscribers.js'), [], { env: environment() })),
  }
  processes.sparky.token = readFileSync(path.join(home.home, 'token'), 'utf8').trim()
  try {
    for (const server of [processes.floor, processes.sparky]) {
      await latency(server, processes.subscribers, 10, warmUp)
    }
    // First: what a flood leaves to do, a snapshot among it, would be in their way.
    for (const subscribers of subscriberCounts) {
      await latencies(processes, { subscribers, syncFile: path.join(folder, 'sync.log') })
    }
    for (const subscribers of subscriberCounts) await rates(processes, subscribers)
  } finally {
    for (const { child } of Object.values(processes)) child.disconnect()
  }
}

const rates = async ({ sparky, floor, subscribers: readers }, subscribers) => {
  const rate = (server) => () => deliveriesPerSecond(server, readers, subscribers)
  const [sparkyRate, floorRate] = await bestRates([rate(sparky), rate(floor)], { rounds: 4 })
  report({
    what: `events of 300 bytes, appended, on disk and delivered to ${counted(subscribers)}`,
    figure: `${thousands(sparkyRate)} deliveries/s`,
    floor: `bare ws, frames serialised beforehand, \`send\` to each ${thousands(floorRate)}`,
    ratio: sparkyRate / floorRate,
    target: subscribers === 1 ? '≥ 0.5x' : '≥ 1.2x',
  })
}

const deliveriesPerSecond = async (server, readers, subscribers) => {
  await connect(server, readers, { subscribers, keepsTimes: false })
  const { startMs, count } = await server.ask({ kind: 'flood', ms: floodMs })
  const { lastMs } = await readers.ask({ kind: 'end', count })
  return (count * subscribers * 1000) / (lastMs - startMs)
}

/** Of some rounds the one with the best p99, each in turn: what else the machine does only adds. */
const latencies = async ({ sparky, floor, subscribers: readers }, { subscribers, syncFile }) => {
  const measured = { sparky: [], floor: [], sync: [], loneSync: [] }
  for (let round = 0; round < 6; round += 1) {
    measured.floor.push(await latency(floor, readers, subscribers))
    measured.sync.push(await syncLatency(syncFile, pacedSends))
    measured.loneSync.push(await syncLatency(syncFile, lonelySends))
    measured.sparky.push(await latency(sparky, readers, subscribers))
  }
  const [ours, floors, sync, loneSync] = Object.values(measured).map((rounds) =>
    rounds.reduce((best, one) => (one.p99 < best.p99 ? one : best)),
  )
  const limitMs = (one) => (3 * floors.p99 + one.p99).toFixed(2)
  report({
    what: `from append to ${counted(subscribers)} at 1,000 events/s, p99 (p50)`,
    figure: latencyText(ours),
    floor: `bare ws ${latencyText(floors)}; a bare write with its sync, at that pace ${latencyText(sync)}, one after the other ${latencyText(loneSync)}`,
    ratio: ours.p99 / floors.p99,
    target: `≤ 3x and one sync: ${limitMs(sync)} ms, or ${limitMs(loneSync)} ms`,
  })
}

const latency = async (server, readers, subscribers, paced = pace) => {
  await connect(server, readers, { subscribers, keepsTimes: true })
  const { count, sentMs } = await server.ask({ kind: 'pace', ...paced })
  return readers.ask({ kind: 'end', count, sentMs })
}

/**
 * Of a bare write that syncs, as the store's. Who comes while one is under way waits for the next: so it is where events
 * come at a pace of their own, and a stall of the disk delays each that comes meanwhile. Sent one after the other it
 * delays one.
 */
const syncLatency = async (file, sendAll) => {
  const flags =
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_DSYNC ?? constants.O_SYNC)
  const handle = await open(file, flags)
  const took = []
  let waiting = []
  let isWriting = false
  const writeAll = async () => {
    isWriting = true
    while (waiting.length > 0) {
      const together = waiting
      waiting = []
      await handle.write('x'.repeat(300 * together.length))
      for (const { startMs, resolve } of together) {
        took.push(nowMs() - startMs)
        resolve()
      }
    }
    isWriting = false
  }
  await sendAll(
    () =>
      new Promise((resolve) => {
        waiting.push({ startMs: nowMs(), resolve })
        if (!isWriting) void writeAll()
      }),
  )
  await handle.close()
  took.sort((one, other) => one - other)
  return { p50: took[Math.floor(took.length / 2)], p99: took[Math.floor(took.length * 0.99)] }
}

const pacedSends = (send) => sendPaced({ ...pace, send })

const lonelySends = async (send) => {
  for (let nth = 0; nth < 600; nth += 1) {
    await send()
    await delay(1)
  }
}

const connect = async ({ child, url, token }, readers, { subscribers, keepsTimes }) => {
  await readers.ask({ kind: 'connect', url, token, subscribers })
  await readers.ask({ kind: 'begin', keepsTimes })
  readers.onTaken = (count) => child.send({ kind: 'taken', count })
}

const startServer = async (file, env) => {
  const child = fork(file, [], { env })
  const [url] = await once(child, 'message')
  return Object.assign(talkTo(child), { url })
}

/** Asks a process one question at a time; between, it may say unasked how many events were taken. */
const talkTo = (child) => {
  let answer
  const talk = {
    child,
    onTaken: () => {},
    ask: (question) =>
      new Promise((resolve, reject) => {
        answer = resolve
        child
          .removeAllListeners('exit')
          .once('exit', () => reject(new Error('expected an answer, found its end')))
        child.send(question)
      }),
  }
  child.on('message', (message) => {
    if (message.taken === undefined) answer(message)
    else talk.onTaken(message.taken)
  })
  return talk
}

const counted = (subscribers) => `${subscribers} subscriber${subscribers === 1 ? '' : 's'}`
const thousands = (rate) => Math.round(rate).toLocaleString('en-US')
const latencyText = ({ p50, p99 }) => `${p99.toFixed(2)} ms (${p50.toFixed(2)})`
