import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Event } from '../../../src/protocol/event.ts'
import { openBrowser, type Browser, type Page } from './open-browser.ts'
import type { SeenFrame } from './page/browser-socket.ts'
import { sparkyForPages, type SparkyForPages } from './sparky-for-pages.ts'

let browser: Browser
let page: Page
let daemon: SparkyForPages
/** What a page needs to find the daemon. */
let at: { socketUrl: string; token: string }

beforeAll(async () => {
  const opened = await openBrowser()
  browser = opened
  page = opened.page
  daemon = await sparkyForPages([page.origin])
  at = { socketUrl: daemon.socketUrl, token: daemon.token }
  await daemon.sparky.json(['run', 'List files'])
})

afterAll(async () => {
  await browser?.close()
  await daemon?.stop()
})

const storedEvents = async (): Promise<Event[]> => {
  const response = await fetch(`${daemon.url}/api/v1/events?after=0`, {
    headers: { authorization: `Bearer ${daemon.token}` },
  })
  const { events } = (await response.json()) as { events: Event[] }
  return events
}

test.each(['token', 'api_key', 'session_token'])('a page gets in with its token as ?%s=', async (name) => {
  const connected = await page.run(
    async ({ socketUrl, token, name }, { openSocket }) => {
      const socket = openSocket(`${socketUrl}/api/ws/agent?${name}=${token}`)
      const greeting = await socket.until(({ type }) => type === 'connected')
      socket.close()
      return greeting
    },
    { ...at, name },
  )
  expect(connected).toMatchObject({
    type: 'connected',
    user_id: 'user',
    session_id: expect.any(String),
    store_id: expect.any(String),
    version: expect.any(String),
    protocol: 1,
    seq: (await storedEvents()).at(-1)?.seq,
  })
})

test('a page names itself, and reads everything from the first event on, in order, then what comes live', async () => {
  const before = await storedEvents()
  const reading = page.run(async ({ socketUrl, token }, { openSocket }) => {
    const socket = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
    await socket.opened
    socket.send({ type: 'hello', user_id: 'ada', client: 'a page' })
    socket.send({ type: 'subscribe', id: 'mine', tasks: 'all', after: 0, deltas: true })
    const caughtUp = await socket.until(({ type }) => type === 'caught_up')
    const replayed = socket.seqs()
    await socket.until(
      ({ type, data, seq }) => type === 'status' && data['status'] === 'completed' && seq > caughtUp.seq,
    )
    socket.close()
    return { frames: socket.frames, replayed, closed: await socket.closed }
  }, at)
  await daemon.sparky.json(['run', 'Run the command: echo to a page'])
  const { frames, replayed, closed } = await reading
  expect(frames.filter(({ type }) => type === 'connected').map(({ user_id }) => user_id)).toEqual([
    'user',
    'ada',
  ])
  expect(frames.find(({ type }) => type === 'subscribed')).toMatchObject({ id: 'mine', after: 0 })
  expect(frames.find(({ type }) => type === 'caught_up')).toMatchObject({ id: 'mine' })
  // The task may have been added before the page had caught up.
  expect(replayed.slice(0, before.length)).toEqual(before.map(({ seq }) => seq))
  const events = frames.filter((frame) => 'v' in frame && 'seq' in frame)
  expect(events).toEqual((await storedEvents()).slice(0, events.length))
  expect(events.at(-1)).toMatchObject({ type: 'status', data: { status: 'completed' } })
  expect(frames.map(({ type }) => type)).toContain('tool_output')
  expect(closed).toMatchObject({ code: 1000, wasClean: true })
})

test('a page that comes back with its cursor misses nothing and gets nothing twice', async () => {
  const reading = page.run(async ({ socketUrl, token }, { openSocket }) => {
    const seqs: number[] = []
    const isLast = ({ type, data }: SeenFrame): boolean => type === 'status' && data['status'] === 'failed'
    for (;;) {
      const socket = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
      await socket.opened
      socket.send({ type: 'subscribe', tasks: 'all', after: seqs.at(-1) ?? 0 })
      // Leaves after every third event, wherever that is.
      await socket.until((frame) => isLast(frame) || socket.events().length >= 3)
      const taken = socket.events().slice(0, 3)
      seqs.push(...taken.map(({ seq }) => seq))
      socket.close()
      await socket.closed
      if (taken.some(isLast)) return seqs
    }
  }, at)
  for (const text of ['one', 'two', 'three'])
    await daemon.sparky.json(['run', `Run the command: echo ${text}`])
  await daemon.sparky.run(['run', 'Nothing that the demo understands'])
  expect(await reading).toEqual((await storedEvents()).map((_, index) => index + 1))
})

test('a page gets what it asked for and nothing else, learns the newest seq all the same, and can stop listening', async () => {
  const { sparky } = daemon
  const stored = await storedEvents()
  const id = stored[0]?.task_id ?? ''
  const seen = await page.run(
    async ({ socketUrl, token, id }, { openSocket, kept }) => {
      const socket = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
      kept.set('a listener', socket)
      await socket.opened
      socket.send({ type: 'subscribe', id: 1, tasks: ['1'], types: ['status', 'tool_use'], after: 0 })
      await socket.until(({ type, id }) => type === 'caught_up' && id === 1)
      const byType = socket.events()
      socket.send({ type: 'subscribe', id: 2, workflow_id: id, hide: ['status', 'tool_use'], after: 0 })
      const caughtUp = await socket.until(({ type, id }) => type === 'caught_up' && id === 2)
      const byHiding = socket.events().slice(byType.length)
      socket.send({ type: 'unsubscribe' })
      socket.send({ type: 'ping' })
      await socket.until(({ type }) => type === 'pong')
      return { byType, byHiding, newest: caughtUp.seq }
    },
    { ...at, id },
  )
  const ofTask = stored.filter((event) => event.task_id === id)
  const isAskedFor = ({ type }: Event): boolean => ['status', 'tool_use'].includes(type)
  expect(seen.byType).toEqual(ofTask.filter(isAskedFor))
  expect(seen.byHiding).toEqual(ofTask.filter((event) => !isAskedFor(event)))
  expect(seen.byHiding.length).toBeGreaterThan(0)
  expect(seen.newest).toBe(stored.at(-1)?.seq)

  const { number } = await sparky.add('Run the command: sleep 20')
  const later = await page.run(
    async ({ number }, { kept }) => {
      const socket = kept.get('a listener')
      socket?.send({ type: 'cancel', task_id: String(number) })
      // An answer to what came after the cancel: had there been an event, it would have been before.
      const before = socket?.frames.length ?? 0
      socket?.send({ type: 'approve', approval_id: 'none' })
      await socket?.until((frame) => frame.type === 'error')
      socket?.close()
      return socket?.frames.slice(before).map(({ type, code }) => [type, code])
    },
    { number },
  )
  expect(later).toEqual([['error', 'not_found']])
  const { stdout } = await sparky.run(['agent', 'tasks', 'wait', String(number), '--json'])
  expect(JSON.parse(stdout)).toMatchObject([{ status: 'cancelled' }])
})

test('a bad frame is answered with an error that says what was wrong, and the connection stays', async () => {
  const bad = [
    'no json',
    '[]',
    '{"type":"fly"}',
    '{"type":"subscribe","after":-1}',
    '{"type":"subscribe","tasks":["777"]}',
    '{"message":"hello","agent_type":"butler"}',
    '{"message":"hello","agent_type":"liaison"}',
  ]
  const frames = await page.run(
    async ({ socketUrl, token, bad }, { openSocket }) => {
      const socket = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
      await socket.until(({ type }) => type === 'connected')
      for (const frame of bad) {
        const before = socket.frames.length
        socket.send(frame)
        await socket.until((frame) => socket.frames.indexOf(frame) >= before)
      }
      socket.send({ type: 'ping' })
      await socket.until(({ type }) => type === 'pong')
      socket.close()
      return socket.frames
    },
    { ...at, bad },
  )
  const errors = frames.filter(({ type }) => type === 'error')
  expect(errors).toHaveLength(bad.length)
  for (const error of errors) {
    expect(error).toMatchObject({
      code: expect.stringMatching(/^(usage|not_found)$/),
      message: expect.any(String),
    })
  }
  expect(errors.slice(-2).map(({ message }) => message)).toEqual([
    'Unknown agent_type: butler',
    'pillar is required for liaison agent',
  ])
})

test.each([
  ['a wrong token', '?token=wrong'],
  ['no token', ''],
])('a page with %s is told so and sees 4001 with the reason', async (_, query) => {
  const { frames, closed } = await page.run(
    async ({ socketUrl, query }, { openSocket }) => {
      const socket = openSocket(`${socketUrl}/api/ws/agent${query}`)
      return { closed: await socket.closed, frames: socket.frames }
    },
    { ...at, query },
  )
  expect(frames).toEqual([expect.objectContaining({ type: 'error', message: 'Invalid or missing api_key' })])
  expect(closed).toEqual({ code: 4001, reason: 'Invalid or missing api_key', wasClean: true, opened: true })
})

test('a frame above 1 MiB is seen by the page as 1009', async () => {
  const closed = await page.run(async ({ socketUrl, token }, { openSocket }) => {
    const socket = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
    await socket.opened
    socket.send(JSON.stringify({ type: 'message', message: 'x'.repeat(1024 * 1024) }))
    return socket.closed
  }, at)
  expect(closed).toMatchObject({ code: 1009 })
})

test('a page that floods is told to send less, and then sees 1008', async () => {
  const { closed, refused } = await page.run(async ({ socketUrl, token }, { openSocket }) => {
    const socket = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
    await socket.opened
    for (let count = 0; count < 2000; count += 1) socket.send({ type: 'ping' })
    return {
      closed: await socket.closed,
      refused: socket.frames.filter(({ type, code }) => type === 'error' && code === 'rate_limited').length,
    }
  }, at)
  expect(refused).toBeGreaterThan(0)
  expect(closed).toMatchObject({ code: 1008 })
})

test('a page sees 1001 when the daemon stops, and goes on from its cursor when another has started', async () => {
  const { sparky } = daemon
  const seen = await page.run(async ({ socketUrl, token }, { openSocket, kept }) => {
    const socket = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
    await socket.opened
    socket.send({ type: 'subscribe', tasks: 'all', after: 0 })
    await socket.until(({ type }) => type === 'caught_up')
    kept.set('a socket', socket)
    return socket.seqs()
  }, at)
  await sparky.json(['agent', 'stop'])
  expect(await page.run((_, { kept }) => kept.get('a socket')?.closed, null)).toMatchObject({ code: 1001 })
  await sparky.json(['agent', 'start'])
  const socketUrl = (sparky.daemon()?.url ?? '').replace('http', 'ws')
  await sparky.json(['run', 'List files'])
  Object.assign(daemon, { socketUrl, url: sparky.daemon()?.url })
  at = { ...at, socketUrl }
  const more = await page.run(
    async ({ socketUrl, token, after }, { openSocket }) => {
      const socket = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
      await socket.opened
      socket.send({ type: 'subscribe', tasks: 'all', after })
      await socket.until(({ type }) => type === 'caught_up')
      socket.close()
      return socket.seqs()
    },
    { ...at, after: seen.at(-1) ?? 0 },
  )
  expect([...seen, ...more]).toEqual((await storedEvents()).map((_, index) => index + 1))
  expect(more.length).toBeGreaterThan(0)
})
