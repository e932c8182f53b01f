import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Task } from '../../../src/protocol/task.ts'
import { openBrowser, type Browser, type Page } from './open-browser.ts'
import { sparkyForPages, type SparkyForPages } from './sparky-for-pages.ts'

let browser: Browser
let page: Page
let daemon: SparkyForPages
let at: { socketUrl: string; token: string }

beforeAll(async () => {
  const opened = await openBrowser()
  browser = opened
  page = opened.page
  daemon = await sparkyForPages([page.origin], { 'server.max_connections': '4' })
  at = { socketUrl: daemon.socketUrl, token: daemon.token }
})

afterAll(async () => {
  await browser?.close()
  await daemon?.stop()
})

/** Reads a connection to its end. */
const readToEnd = (path: string) =>
  page.run(
    async ({ socketUrl, token, path }, { openSocket }) => {
      const socket = openSocket(`${socketUrl}${path}?api_key=${token}`)
      return { closed: await socket.closed, frames: socket.frames }
    },
    { ...at, path },
  )

describe('/ws/tasks/{task_id}', () => {
  test('shows a finished task from its first event to its answer, and closes with 1000', async () => {
    const task = await daemon.sparky.json<Task>(['run', 'Run the command: echo for a page'])
    const { frames, closed } = await readToEnd(`/ws/tasks/${task.id}`)
    expect(frames[0]).toMatchObject({ type: 'connected', task_id: task.id })
    const steps = frames.slice(1, -1)
    expect(steps.map(({ type }) => type)).toEqual(steps.map(() => 'step'))
    const events = await daemon.sparky.events(task.id)
    expect(steps.map(({ data }) => data)).toEqual(
      events.map(({ type, step, data, ts }) => ({ event_type: type, step, data, timestamp: ts })),
    )
    expect(frames.at(-1)).toEqual({
      type: 'result',
      data: expect.objectContaining({
        output: task.response_payload?.answer,
        total_steps: task.progress.step,
        total_tokens: task.usage.total_tokens,
      }),
    })
    expect(closed).toMatchObject({ code: 1000, wasClean: true })
  })

  test('is the same for every page that watches, and a cancel of one reaches all', async () => {
    const task = await daemon.sparky.add('Run the command: echo begun; sleep 20')
    const watchers = await page.run(
      async ({ socketUrl, token, id }, { openSocket }) => {
        const url = `${socketUrl}/ws/tasks/${id}?api_key=${token}`
        const sockets = [openSocket(url), openSocket(url)]
        await Promise.all(
          sockets.map((socket) => socket.until(({ data }) => data?.['event_type'] === 'tool_use')),
        )
        sockets[0]?.send({ type: 'ping' })
        await sockets[0]?.until(({ type }) => type === 'pong')
        sockets[0]?.send({ type: 'cancel' })
        return Promise.all(
          sockets.map(async ({ closed, frames }) => ({
            closed: await closed,
            frames: frames.filter(({ type }) => type !== 'pong'),
          })),
        )
      },
      { ...at, id: task.id },
    )
    const [one, other] = watchers
    expect(other).toEqual(one)
    expect(one?.frames.at(-1)).toEqual({ type: 'result', data: { status: 'cancelled', task_id: task.id } })
    expect(one?.closed).toMatchObject({ code: 1000 })
  })

  test('says why a task failed', async () => {
    await daemon.sparky.run(['run', 'Nothing that the demo understands'])
    const [task] = await daemon.sparky.json<Task[]>(['agent', 'tasks', 'list'])
    const { frames } = await readToEnd(`/ws/tasks/${task?.id}`)
    expect(frames.at(-1)).toMatchObject({ type: 'error', data: { message: task?.error?.message } })
  })

  test('of a task that is not there is an error, closed with 1008', async () => {
    const { frames, closed } = await readToEnd('/ws/tasks/00000000-0000-7000-8000-000000000000')
    expect(frames).toEqual([expect.objectContaining({ type: 'error' })])
    expect(closed).toMatchObject({ code: 1008 })
  })
})

test.each([
  ['/api/ws/guide', { agent_type: 'guide', pillar: null }],
  ['/api/ws/liaison/insights', { agent_type: 'liaison', pillar: 'insights' }],
])('%s is answered as the unified endpoint would, and says that it is deprecated', async (path, agent) => {
  const { greeting, reply } = await page.run(
    async ({ socketUrl, token, path }, { openSocket }) => {
      const socket = openSocket(`${socketUrl}${path}?session_token=${token}`)
      const greeting = await socket.until(({ type }) => type === 'connected')
      socket.send({ message: 'Hello' })
      const reply = await socket.until((frame) => 'conversation_id' in frame && !frame.type.endsWith('delta'))
      socket.close()
      await socket.closed
      return { greeting, reply }
    },
    { ...at, path },
  )
  expect(greeting).toMatchObject({ deprecated: true })
  expect(reply).toMatchObject({ ...agent, conversation_id: expect.any(String), message: expect.any(String) })
})

test('one connection too many is seen by the page as 1013', async () => {
  const { codes, greeted } = await page.run(async ({ socketUrl, token }, { openSocket }) => {
    const sockets = []
    for (let count = 0; count < 4; count += 1) {
      const socket = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
      await socket.until(({ type }) => type === 'connected')
      sockets.push(socket)
    }
    const tooMany = openSocket(`${socketUrl}/api/ws/agent?token=${token}`)
    const codes = [(await tooMany.closed).code]
    for (const socket of sockets) socket.close()
    for (const socket of sockets) codes.push((await socket.closed).code)
    return { codes, greeted: tooMany.frames.some(({ type }) => type === 'connected') }
  }, at)
  expect(codes).toEqual([1013, 1000, 1000, 1000, 1000])
  expect(greeted).toBe(false)
})
