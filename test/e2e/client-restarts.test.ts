import { rmSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createClient, type Connection, type LiveClient, type Task } from '../../src/client/client.ts'
import { startModelServer } from '../support/model-server.ts'
import { newSparky } from '../support/sparky.ts'
import { upgradeProxy } from '../support/upgrade-proxy.ts'

/** One task, followed in three ways at once. */
const follow = (client: LiveClient) => {
  const connections: Connection[] = []
  let begin: (task: Task) => void = () => {}
  const added = new Promise<Task>((resolve) => (begin = resolve))
  const submitted = client.submitTask({ prompt: 'Say something' }, begin, {
    onConnection: (connection) => connections.push(connection),
  })
  const watched = added.then(async ({ id }) => {
    const seqs: number[] = []
    for await (const { seq } of client.watchTask(id)) seqs.push(seq)
    return seqs
  })
  const feed = client.openFeed({ after: 0 })
  const fed: number[] = []
  const feeding = (async () => {
    for await (const item of feed) if (item.kind === 'event') fed.push(item.event.seq)
  })()
  const feedEnd = async (last: number): Promise<void> => {
    await vi.waitFor(() => expect(fed.at(-1)).toBe(last), 5000)
    feed.close()
    await feeding
  }
  return { submitted, watched, fed, feedEnd, connections }
}

const endOf = async (events: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of events) continue
}
const countTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)

test('a task is followed over kill -9 and over a restart, by WebSocket and by HTTP, without a gap or a duplicate', async () => {
  let letGo = (): void => {}
  const after = new Promise<void>((resolve) => (letGo = resolve))
  const server = await startModelServer({ replies: () => ({ text: 'Something.', after }) })
  onTestFinished(() => server.close())
  const sparky = newSparky(server.environment('openai'))
  await sparky.start()
  const proxy = await upgradeProxy(() => sparky.daemon()?.url ?? 'http://127.0.0.1:9', 404)
  onTestFinished(() => proxy.close())
  const direct = createClient({ env: sparky.env })
  const behind = createClient({ url: proxy.url, token: sparky.token() })
  const followers = [follow(direct), follow(behind)]
  const untilAsked = (times: number): Promise<void> =>
    vi.waitFor(() => expect(server.requests).toHaveLength(times), 10_000)

  await untilAsked(2)
  await sparky.killDaemon()
  await sparky.start()
  await untilAsked(4)
  await sparky.run(['agent', 'restart'])
  await untilAsked(6)
  letGo()

  const tasks = await Promise.all(followers.map(({ submitted }) => submitted))
  const last = Math.max(...tasks.map(({ last_seq }) => last_seq))
  for (const { submitted, watched, fed, feedEnd, connections } of followers) {
    const task = await submitted
    expect(task).toEqual(await direct.call('showTask', { id: task.id }))
    expect(task.status).toBe('completed')
    expect(await watched).toEqual((await sparky.events(task.id)).map(({ seq }) => seq))
    await feedEnd(last)
    expect(fed).toEqual(countTo(last))
    expect(connections.filter(({ state }) => state === 'reconnecting').length).toBeGreaterThanOrEqual(2)
  }
  expect(followers[1]?.connections.at(-1)).toMatchObject({ degraded: expect.stringContaining('404') })

  // Another store takes the place of this one: what is followed has no continuation there.
  let live = 0
  const expected = [direct, behind].map((client) =>
    expect(
      endOf(client.events({ onConnection: ({ state }) => (live += state === 'live' ? 1 : 0) })),
    ).rejects.toMatchObject({ code: 'conflict' }),
  )
  await vi.waitFor(() => expect(live).toBe(2), 5000)
  await sparky.killDaemon()
  rmSync(path.join(sparky.home, 'store'), { recursive: true })
  await sparky.start()
  await Promise.all(expected)
})

test('an add that a kill -9 of the daemon cut off is asked for again, and added once', async () => {
  const sparky = newSparky()
  await sparky.start()
  const { pid = 0 } = sparky.daemon() ?? {}
  const client = createClient({ env: sparky.env })
  // Stopped, it takes the request from the socket no more, so the add is cut off whenever it dies.
  process.kill(pid, 'SIGSTOP')
  const submitted = client.submitTask({ prompt: 'List files' })
  await new Promise((resolve) => setImmediate(resolve))
  await sparky.killDaemon()
  await sparky.start()
  const task = await submitted
  expect(task.status).toBe('completed')
  expect((await client.call('listTasks', {})).tasks.map(({ id }) => id)).toEqual([task.id])
})
