import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, expect, onTestFailed, onTestFinished, test } from 'vitest'
import type { Task } from '../../src/protocol/task.ts'
import { hostileFrame } from '../support/hostile-frames.ts'
import { expectInOrder, request } from '../support/honest-log.ts'
import { RawWebSocket, rawFrame } from '../support/raw-web-socket.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'
import { connect, type WsClient } from '../support/ws-client.ts'

const mebibyte = 1024 * 1024

let sparky: Sparky
let url: string
let task: Task

// One daemon for all of these: each shows that it has outlived the one before.
beforeAll(async () => {
  const ends: (() => Promise<void>)[] = []
  sparky = newSparky({}, { onTestFinished: (end) => void ends.push(end) })
  await sparky.start()
  url = sparky.daemon()?.url ?? ''
  // Something to change again and again; it never begins.
  task = await sparky.add('List files', ['--at', '300d'])
  return () => Promise.all(ends.map((end) => end()))
})

const residentBytes = (): number => {
  const status = readFileSync(`/proc/${sparky.daemon()?.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

interface Stats {
  readonly total_connections: number
  readonly slow_consumers: number
  readonly sessions: readonly { readonly buffered_bytes: number; readonly lagging: boolean }[]
}

const stats = async (): Promise<Stats> =>
  (await (await request(sparky, '/api/v1/websocket/stats')).json()) as Stats

/** Makes one event of a little more than this many bytes; resolves with the time until the reader had it. */
const change = async (bytes: number, reader: WsClient): Promise<number> => {
  const before = performance.now()
  const seen = reader.events.length
  const arrived = reader.until(() => expect(reader.events.length).toBeGreaterThan(seen))
  const body = JSON.stringify({ prompt: `${seen} ${'p'.repeat(bytes / 2)}` })
  const answer = await request(sparky, `/api/v1/tasks/${task.id}`, { method: 'PATCH', body })
  expect(answer.status).toBe(200)
  await arrived
  return performance.now() - before
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN

test('10,000 hostile frames get an error or the right end each, and harm neither memory nor anybody else', async () => {
  const total = 10_000
  const random = seededRandom()
  onTestFailed(() => console.error(`SPARKY_TEST_SEED=${random.seed}`))
  const healthy = await connect(sparky)
  healthy.send({ type: 'subscribe', after: 0 })
  await healthy.frame('caught_up')
  let thrown = 0
  let residentAtFirst = 0
  const isOver = (): boolean => thrown >= total
  const attack = async (): Promise<void> => {
    while (!isOver()) {
      const attacker = await RawWebSocket.open(url, sparky.token())
      await attacker.message('connected')
      // Fewer than are a flood.
      for (let count = 0; count < 150 && !isOver(); count += 1) {
        thrown += 1
        if (thrown === total / 5) residentAtFirst = residentBytes()
        const { name, bytes, earns } = hostileFrame(random)
        attacker.send(bytes)
        if (earns === 'nothing') break
        if (earns !== 'error') {
          expect([name, await attacker.closeCode()]).toEqual([name, earns])
          break
        }
        const { message, code } = await attacker.message('error').catch((error: Error) => {
          throw new Error(`${name} ${bytes.toString('latin1', 0, 100)}: ${error.message}`)
        })
        expect({ name, code, message }).toEqual({
          name,
          code: expect.any(String),
          message: expect.stringMatching(/^.+$/),
        })
        expect(code).not.toBe('rate_limited')
        expect(code).not.toBe('internal')
      }
      attacker.destroy()
    }
  }
  const changing = (async (): Promise<void> => {
    while (!isOver()) {
      await change(2000, healthy)
      await delay(5)
    }
  })()
  await Promise.all([changing, ...Array.from({ length: 6 }, attack)])
  expect(thrown).toBe(total)
  expectInOrder(healthy.events)
  expect(healthy.events.length).toBeGreaterThan(20)
  expect(residentBytes() - residentAtFirst).toBeLessThan(64 * mebibyte)
  expect(sparky.log()).not.toMatch(/"level":"(error|fatal)"|Frame failed/)
  healthy.close()
}, 60_000)

test('a hundred readers that have stopped cost a bounded amount, delay nobody, and are replayed when they go on', async () => {
  const healthy = await connect(sparky)
  healthy.send({ type: 'subscribe', id: 'healthy' })
  await healthy.frame('caught_up')
  const alone: number[] = []
  for (let count = 0; count < 15; count += 1) alone.push(await change(400_000, healthy))
  const residentAlone = residentBytes()

  const { seq: first = 0 } = healthy.events.at(-1) ?? {}
  const stopped = await Promise.all(Array.from({ length: 80 }, () => stoppedReader()))
  const followers = await Promise.all(Array.from({ length: 20 }, () => stoppedFollower(first)))
  onTestFinished(() =>
    [...stopped.map(({ socket }) => socket), ...followers].forEach((socket) => socket.destroy()),
  )
  const beside: number[] = []
  for (let count = 0; count < 60; count += 1) beside.push(await change(800_000, healthy))
  const resident = residentBytes()
  const { slow_consumers, sessions } = await stats()
  const buffered = sessions.map(({ buffered_bytes }) => buffered_bytes)
  expect(slow_consumers).toBe(stopped.length + followers.length)
  // 1 MiB and one event, as src/daemon/server/delivery/subscription.ts says.
  expect(Math.max(...buffered)).toBeLessThan(2.5 * mebibyte)
  expect(resident - residentAlone).toBeLessThan(200 * mebibyte)
  expect(median(beside)).toBeLessThan(median(alone) * 4 + 50)

  const { seq: last = 0 } = healthy.events.at(-1) ?? {}
  const [reader] = stopped
  reader?.socket.resume()
  const seqs: unknown[] = []
  const types = new Set<string>()
  while (seqs.at(-1) !== last) {
    const message = (await reader?.message()) ?? { type: 'nobody' }
    types.add(message.type)
    if ('v' in message) seqs.push(message['seq'])
  }
  expect(seqs).toEqual(Array.from({ length: last - first }, (_, at) => first + 1 + at))
  expect(await reader?.message('caught_up')).toEqual({ type: 'caught_up', id: 1, seq: last })
  expect(types).toContain('lagged')
  healthy.close()
}, 60_000)

test('twenty clients that flood at once are each told so and closed with 1008, and others hardly notice', async () => {
  const healthy = await connect(sparky)
  healthy.send({ type: 'subscribe' })
  await healthy.frame('caught_up')
  const first = healthy.frames.find(({ type }) => type === 'caught_up')
  const flooders = await Promise.all(Array.from({ length: 20 }, () => RawWebSocket.open(url, sparky.token())))
  const took: number[] = []
  const frames = ['{"type":"ping"}', '{', '{"type":"subscribe","after":0}'].map((text) => rawFrame(text))
  const flooding = flooders.map(async (flooder) => {
    flooder.send(...Array.from({ length: 1000 }, () => frames).flat())
    expect(await flooder.message('error')).toMatchObject({ code: expect.any(String) })
    expect(await flooder.closeCode()).toBe(1008)
  })
  for (let count = 0; count < 20; count += 1) took.push(await change(100, healthy))
  await Promise.all(flooding)
  expect(median(took)).toBeLessThan(250)
  const after = first !== undefined && 'seq' in first ? first.seq : 0
  expect(healthy.events.map(({ seq }) => seq)).toEqual(took.map((_, at) => after + 1 + at))
  healthy.close()
})

const stoppedReader = async (): Promise<RawWebSocket> => {
  const reader = await RawWebSocket.open(url, sparky.token())
  reader.send(rawFrame('{"type":"subscribe","id":1}'))
  await reader.message('caught_up')
  reader.socket.pause()
  return reader
}

const stoppedFollower = async (after: number): Promise<net.Socket> => {
  const { hostname, port, host } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  const lines = [
    `GET /api/v1/events?follow=true&types=task_updated&after=${after} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${sparky.token()}`,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  return socket
}
