import net from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PlainTools } from './page/plain-page.ts'
import { openBrowser, type Browser, type Page } from './open-browser.ts'
import { sparkyForPages, type SparkyForPages } from './sparky-for-pages.ts'

/** A name that leads to `forwarder`, on whichever port: first to the page's server, later to the daemon. */
const reboundName = 'rebound.example'

let forwarder: Awaited<ReturnType<typeof startForwarder>>
let browser: Browser
let listed: Page
let daemon: SparkyForPages
let at: { url: string; socketUrl: string; token: string }

beforeAll(async () => {
  forwarder = await startForwarder()
  const opened = await openBrowser({
    flags: [`--host-resolver-rules=MAP ${reboundName} 127.0.0.1:${forwarder.port}`],
  })
  browser = opened
  listed = opened.page
  daemon = await sparkyForPages([listed.origin])
  at = { url: daemon.url, socketUrl: daemon.socketUrl, token: daemon.token }
  await daemon.sparky.json(['run', 'List files'])
})

afterAll(async () => {
  await browser?.close()
  await forwarder?.close()
  await daemon?.stop()
})

interface At {
  readonly url: string
  readonly socketUrl: string
  readonly token: string
}

/** All that a page can try, with the right token in its hands. */
const tryEverything = async ({ url, socketUrl, token }: At, { openSocket }: PlainTools) => {
  const socket = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
  const closed = await socket.closed
  const reading = async (path: string, init: RequestInit = {}) => {
    try {
      const response = await fetch(`${url}${path}`, init)
      return { status: response.status, text: await response.text() }
    } catch (error) {
      return String(error)
    }
  }
  const authorization = `Bearer ${token}`
  return {
    socket: { closed, frames: socket.frames },
    health: await reading('/health'),
    tasks: await reading('/api/v1/tasks', { headers: { authorization } }),
    stream: await reading('/api/v1/events?after=0', {
      headers: { authorization, accept: 'application/x-ndjson' },
    }),
    added: await reading('/api/v1/tasks', {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: '{"prompt":"List files"}',
    }),
    // What a form could send: the browser asks no permission for it.
    simple: await reading('/api/v1/tasks', { method: 'POST', body: '{"prompt":"List files"}' }),
    blind: await fetch(`${url}/api/v1/tasks`, { mode: 'no-cors' }).then(({ type, status }) => ({
      type,
      status,
    })),
  }
}

test.each([
  ['another port of this machine', {}],
  ['no origin at all, in a sandbox', { sandbox: true }],
])('a page of %s gets nothing, even with the token', async (_, options) => {
  const page = await browser.openFrame(options)
  expect(await page.run(tryEverything, at)).toEqual({
    socket: { closed: { code: 1006, reason: '', wasClean: false, opened: false }, frames: [] },
    health: 'TypeError: Failed to fetch',
    tasks: 'TypeError: Failed to fetch',
    stream: 'TypeError: Failed to fetch',
    added: 'TypeError: Failed to fetch',
    simple: 'TypeError: Failed to fetch',
    blind: { type: 'opaque', status: 0 },
  })
  expect(await daemon.sparky.json<unknown[]>(['agent', 'tasks', 'list', '--all'])).toHaveLength(1)
})

test('a name that leads to this machine all of a sudden is answered 403 and nothing else', async () => {
  const { port } = new URL(daemon.url)
  const own = `http://${reboundName}:${port}`
  const page = await browser.openFrame({
    url: (server) => {
      forwarder.leadTo(server.port)
      return own
    },
  })
  // The page is there, from what the browser takes for the same origin as the daemon's from now on.
  expect(await page.run(() => String(Reflect.get(globalThis, 'origin')), null)).toBe(own)
  forwarder.leadTo(Number(port))
  const seen = await page.run(tryEverything, { ...at, url: own, socketUrl: own.replace('http', 'ws') })
  const refused = { status: 403, text: expect.stringContaining('"code":"forbidden"') }
  expect(seen).toEqual({
    socket: { closed: { code: 1006, reason: '', wasClean: false, opened: false }, frames: [] },
    health: refused,
    tasks: refused,
    stream: refused,
    added: refused,
    simple: refused,
    blind: expect.objectContaining({ status: 403 }),
  })
  expect(JSON.stringify(seen)).not.toContain(daemon.token)
  expect(await daemon.sparky.json<unknown[]>(['agent', 'tasks', 'list', '--all'])).toHaveLength(1)
})

test('the listed page beside them gets in', async () => {
  const connected = await listed.run(async ({ socketUrl, token }, { openSocket }) => {
    const socket = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
    return socket.until(({ type }) => type === 'connected')
  }, at)
  expect(connected).toMatchObject({ type: 'connected' })
})

/** Passes connections on to a port of this machine that can change, as an attacker's name server would lead them. */
async function startForwarder() {
  let target = 0
  const sockets = new Set<net.Socket>()
  const server = net.createServer((incoming) => {
    const outgoing = net.connect(target, '127.0.0.1')
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => sockets.delete(socket))
      socket.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as net.AddressInfo).port,
    leadTo: (port: number) => void (target = port),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
