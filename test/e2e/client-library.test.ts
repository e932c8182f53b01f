import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  connect,
  createClient,
  submitAgentTask,
  submitTask,
  TaskFailure,
  watchTask,
  type ChatFrame,
  type Connection,
  type LiveClient,
  type Session,
  type SessionState,
  type Task,
  type TaskRequest,
} from '../../src/client/client.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'
import { tempHome } from '../support/temp-home.ts'
import { upgradeProxy, type UpgradeProxy } from '../support/upgrade-proxy.ts'

let sparky: Sparky
let client: LiveClient
const endings: (() => Promise<void>)[] = []
const warnings: string[] = []
const noteWarning = ({ message }: Error): void => void warnings.push(message)

beforeAll(async () => {
  process.on('warning', noteWarning)
  sparky = newSparky({ SPARKY_AGENT_CONCURRENCY: '8' }, { onTestFinished: (end) => endings.push(end) })
  await sparky.start()
  client = createClient({ env: sparky.env })
})

afterAll(async () => {
  for (const end of endings) await end()
  process.off('warning', noteWarning)
  expect(warnings).toEqual([])
})

/** A command that runs until the file is there. */
const untilFile = (name: string): TaskRequest => ({
  prompt: `Run the command: while [ ! -e ${name} ]; do sleep 0.02; done; echo done`,
  cwd: sparky.work,
})
const letGo = (name: string): void => writeFileSync(path.join(sparky.work, name), '')
const endOf = async (id: string): Promise<Task> => {
  await vi.waitFor(
    async () => expect((await client.call('showTask', { id })).finished_at).not.toBeNull(),
    10_000,
  )
  return client.call('showTask', { id })
}
const proxied = async (rule: UpgradeProxy['rule'] = 'pass') => {
  const proxy = await upgradeProxy(() => sparky.daemon()?.url ?? 'http://127.0.0.1:9', rule)
  onTestFinished(() => proxy.close())
  return { proxy, client: createClient({ url: proxy.url, token: sparky.token() }) }
}
const connections = async (): Promise<unknown> =>
  (await client.call('websocketStats', {}))['total_connections']
const allOf = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
const seqsOf = (events: readonly { readonly seq: number }[]): number[] => events.map(({ seq }) => seq)

describe('submitTask', () => {
  test('tells of each state once and in order, and resolves with the finished task', async () => {
    const seen: Task[] = []
    const task = await client.submitTask({ prompt: 'List files', context: { why: 'a test' } }, (state) => {
      seen.push(state)
    })
    expect(task).toEqual(await client.call('showTask', { id: task.id }))
    expect(task.response_payload?.answer).toContain('offline demo')
    expect(task.request_payload.context).toEqual({ why: 'a test' })
    expect([...new Set(seen.map(({ status }) => status))]).toEqual(['pending', 'in_progress', 'completed'])
    expect(seqsOf(seen.map(({ last_seq: seq }) => ({ seq })))).toEqual(
      [...new Set(seen.map(({ last_seq }) => last_seq))].toSorted((a, b) => a - b),
    )
    expect(seen.at(-1)).toEqual(task)
    expect(task.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7/)
  })

  test('resolves with a task that failed, where submitAgentTask rejects with its error', async () => {
    const request = { prompt: 'Not a thing that the demo knows' }
    const task = await client.submitTask(request)
    expect(task).toMatchObject({ status: 'failed', error: { code: 'model_not_configured' } })
    const rejection = await client.submitAgentTask(request).catch((error: unknown) => error)
    expect(rejection).toBeInstanceOf(TaskFailure)
    expect(rejection).toMatchObject({ code: 'model_not_configured', message: task.error?.message })
    expect(rejection).toMatchObject({ task: { status: 'failed', number: task.number + 1 } })
  })

  test('ends with a task that is cancelled; submitAgentTask rejects', async () => {
    const cancel = (task: Task): void => {
      if (task.status === 'in_progress') void client.call('cancelTask', { id: task.id }).catch(() => {})
    }
    expect(await client.submitTask(untilFile('never'), cancel)).toMatchObject({ status: 'cancelled' })
    await expect(client.submitAgentTask(untilFile('never'), cancel)).rejects.toMatchObject({
      code: 'cancelled',
      task: { status: 'cancelled' },
    })
  })

  test('goes on where onUpdate throws or rejects, and reports that', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => reported.mockRestore())
    let calls = 0
    const task = await client.submitTask({ prompt: 'List files' }, () => {
      calls += 1
      if (calls % 2 === 0) return Promise.reject(new Error('late'))
      throw new Error('at once')
    })
    expect(task.status).toBe('completed')
    expect(calls).toBeGreaterThan(3)
    expect(reported).toHaveBeenCalledTimes(calls)
  })

  test('calls a slow onUpdate one state after the other', async () => {
    let running = 0
    const task = await client.submitTask({ prompt: 'List files' }, async () => {
      running += 1
      expect(running).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
    })
    expect(task.status).toBe('completed')
  })

  test('stops following where its signal is aborted, and leaves the task alone; a hundred share one signal', async () => {
    const stop = new AbortController()
    const ids = new Set<string>()
    const all = Array.from({ length: 100 }, () =>
      client.submitTask(
        { ...untilFile('abort-test'), group: 'aborted' },
        ({ id }) => {
          ids.add(id)
          if (ids.size === 100) stop.abort(new Error('enough'))
        },
        { signal: stop.signal },
      ),
    )
    const outcomes = await Promise.allSettled(all)
    expect(new Set(outcomes.map((outcome) => String((outcome as PromiseRejectedResult).reason)))).toEqual(
      new Set(['Error: enough']),
    )
    await vi.waitFor(async () => expect(await connections()).toBe(0), 5000)
    letGo('abort-test')
    const [first = ''] = ids
    expect((await endOf(first)).status).toBe('completed')
    const { tasks } = await client.call('listTasks', { group: 'aborted', limit: 200 })
    expect(tasks).toHaveLength(100)
    await expect(client.submitTask({ prompt: 'x' }, undefined, { signal: stop.signal })).rejects.toThrow(
      'enough',
    )
  })

  test('adds one task where the answers are lost', async () => {
    const { proxy, client: behind } = await proxied()
    proxy.answersToLose = 2
    const task = await behind.submitTask({ prompt: 'List files', group: 'lost' })
    expect(task.status).toBe('completed')
    expect(proxy.requests.filter((line) => line === 'POST /api/v1/tasks')).toHaveLength(3)
    expect((await client.call('listTasks', { group: 'lost' })).tasks.map(({ id }) => id)).toEqual([task.id])
  })

  test('says with which id to ask again where no answer came in time', async () => {
    const { proxy, client: behind } = await proxied()
    proxy.answersToLose = 1000
    const id = '01980000-0000-7000-8000-00000000aaaa'
    await expect(
      behind.submitTask({ id, prompt: 'List files' }, undefined, { giveUpAfterMs: 100 }),
    ).rejects.toMatchObject({ code: 'daemon_unreachable', hint: expect.stringContaining(id) })
    expect((await client.submitTask({ id, prompt: 'List files' })).id).toBe(id)
  })

  test('resolves at once with a task that has ended, where its id is submitted again', async () => {
    const once = await client.submitTask({ prompt: 'List files' })
    const seen: string[] = []
    const again = await client.submitTask(
      { id: once.id, prompt: 'List files' },
      ({ status }) => void seen.push(status),
    )
    expect(again).toEqual(once)
    expect(seen).toEqual(['completed'])
  })

  test('rejects where the task is removed while it is followed, and where it makes no sense', async () => {
    const removed = client.submitTask({ prompt: 'List files', at: '1h' }, async ({ id }) => {
      await client.call('cancelTask', { id })
      await client.call('removeTask', { id })
    })
    await expect(removed).rejects.toMatchObject({ code: 'not_found' })
    await expect(client.submitTask({ prompt: ' ' })).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('the functions that need no client', () => {
  test('use the daemon of SPARKY_HOME', async () => {
    vi.stubEnv('SPARKY_HOME', sparky.home)
    onTestFinished(() => void vi.unstubAllEnvs())
    const task = await submitTask({ prompt: 'List files' })
    expect(task.status).toBe('completed')
    expect((await submitAgentTask({ prompt: 'List files' })).number).toBe(task.number + 1)
    const types: string[] = []
    for await (const { type } of watchTask(task.number)) types.push(type)
    expect([types[0], types.at(-1)]).toEqual(['task_added', 'status'])
    expect(await (await connect()).call('health', {})).toMatchObject({ status: 'ok' })
  })

  test('reject with daemon_unreachable where none runs', async () => {
    const env = { SPARKY_HOME: tempHome() }
    const none = { client: createClient({ env }) }
    const unreachable = { code: 'daemon_unreachable', hint: expect.any(String) }
    await expect(connect({ env })).rejects.toMatchObject(unreachable)
    await expect(connect({ url: 'http://127.0.0.1:9' })).rejects.toMatchObject(unreachable)
    await expect(submitTask({ prompt: 'x' }, undefined, none)).rejects.toMatchObject(unreachable)
    await expect(
      submitTask({ prompt: 'x' }, undefined, { client: createClient({ url: 'http://127.0.0.1:9' }) }),
    ).rejects.toMatchObject(unreachable)
    await expect(watchTask(1, none)[Symbol.asyncIterator]().next()).rejects.toMatchObject(unreachable)
    await expect(connect({ url: 'file:///etc' })).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('watchTask', () => {
  test('gives a running task from its first event, live to its end, with the task folded', async () => {
    const { id } = await client.call('addTask', untilFile('watch-test'))
    const watch = client.watchTask(id, { deltas: true })
    const seen: string[] = []
    const seqs: number[] = []
    for await (const line of watch) {
      seen.push(line.type)
      if ('seq' in line) {
        seqs.push(line.seq)
        expect(watch.task?.last_seq).toBe(line.seq)
      }
      if (line.type === 'tool_use') letGo('watch-test')
    }
    expect(watch.task).toEqual(await client.call('showTask', { id }))
    expect(seqs).toEqual(seqsOf((await client.call('taskEvents', { id })).events))
    expect(seen).toContain('tool_output')
  })

  test('gives a finished task again, or what came after some event, or nothing after its last', async () => {
    const { id, last_seq } = await client.submitTask({ prompt: 'List files' })
    const { events } = await client.call('taskEvents', { id })
    expect(await allOf(client.watchTask(id))).toEqual(events)
    const third = events[2]?.seq ?? 0
    expect(seqsOf(await allOf(client.watchTask(id, { after: third })))).toEqual(seqsOf(events.slice(3)))
    const after = client.watchTask(id, { after: last_seq })
    expect(await allOf(after)).toEqual([])
    expect(after.task?.status).toBe('completed')
  })

  test('does not end with the end of an earlier try', async () => {
    const { id } = await client.submitTask({ prompt: 'Not a thing that the demo knows' })
    const { last_seq } = await client.submitTask({ id, prompt: 'again' })
    await client.call('retryTask', { id })
    const { last_seq: end } = await endOf(id)
    const events = await allOf(client.watchTask(id))
    expect(end).toBeGreaterThan(last_seq)
    expect(events.at(-1)?.seq).toBe(end)
  })

  test('closes its connection where the loop is left, and where it is closed or aborted', async () => {
    const { id } = await client.call('addTask', untilFile('leave-test'))
    for await (const event of client.watchTask(id)) if (event.type === 'tool_use') break
    const closed = client.watchTask(id)
    for await (const event of closed) if (event.type === 'tool_use') closed.close()
    const stop = new AbortController()
    const watching = (async () => {
      for await (const { type } of client.watchTask(id, { signal: stop.signal })) {
        if (type === 'tool_use') stop.abort()
      }
    })()
    await expect(watching).rejects.toMatchObject({ name: 'AbortError' })
    await vi.waitFor(async () => expect(await connections()).toBe(0), 5000)
    letGo('leave-test')
  })

  test('throws where there is no such task', async () => {
    await expect(allOf(client.watchTask(99_999))).rejects.toMatchObject({ code: 'not_found' })
  })
})

test('events come until the signal is aborted', async () => {
  const stop = new AbortController()
  const types: string[] = []
  let isLive = false
  const reading = (async () => {
    const onConnection = ({ state }: Connection): void => void (isLive ||= state === 'live')
    const options = { types: ['task_added'], signal: stop.signal, onConnection } as const
    for await (const { type } of client.events(options)) types.push(type)
  })()
  await vi.waitUntil(() => isLive, 5000)
  await client.call('addTask', { prompt: 'List files' })
  await vi.waitFor(() => expect(types).toEqual(['task_added']), 5000)
  stop.abort(new Error('enough'))
  await expect(reading).rejects.toThrow('enough')
})

describe('where the daemon refuses', () => {
  test('a wrong token is an error at once', async () => {
    const stranger = createClient({ url: sparky.daemon()?.url, token: 'wrong' })
    await expect(stranger.call('status', {})).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(allOf(stranger.events())).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(stranger.submitTask({ prompt: 'x' })).rejects.toMatchObject({ code: 'unauthorized' })
    const { proxy } = await proxied(403)
    const behind = createClient({ url: proxy.url, token: 'wrong' })
    await expect(allOf(behind.events())).rejects.toMatchObject({ code: 'unauthorized' })
  })

  test('so is a foreign Host, which the guard answers 403', async () => {
    const { proxy, client: behind } = await proxied()
    proxy.keepsHost = true
    await expect(allOf(behind.events())).rejects.toMatchObject({ code: 'forbidden' })
  })
})

describe('where a WebSocket cannot be had', () => {
  test.each([400, 403, 404, 426, 502, 'cut'] as const)(
    '%s: a task is followed over HTTP, degraded',
    async (rule) => {
      const { proxy, client: behind } = await proxied(rule)
      const said: Connection[] = []
      const states = new Set<string>()
      const task = await behind.submitTask(
        { prompt: 'List files' },
        ({ status }) => void states.add(status),
        {
          onConnection: (connection) => said.push(connection),
        },
      )
      expect(task).toEqual(await client.call('showTask', { id: task.id }))
      expect([...states]).toEqual(['pending', 'in_progress', 'completed'])
      expect(said[0]).toEqual({ state: 'connecting' })
      expect(said.at(-1)).toMatchObject({
        degraded: expect.stringMatching(rule === 'cut' ? /hang up/ : `${rule}`),
      })
      expect(proxy.upgrades).toBe(2)
    },
  )

  test('a feed of some tasks and types gives the same over HTTP, and learns the newest seq', async () => {
    const { client: behind } = await proxied(426)
    const one = await client.submitTask({ prompt: 'List files' })
    const two = await client.submitTask({ prompt: 'List files' })
    await client.submitTask({ prompt: 'List files' })
    const { store } = await client.call('status', {})
    const read = async (from: LiveClient): Promise<number[]> => {
      const feed = from.openFeed({
        tasks: [one.id, `${two.number}`],
        types: ['status', 'message_delta'],
        after: 0,
      })
      const seqs: number[] = []
      for await (const item of feed) {
        if (item.kind === 'event') seqs.push(item.event.seq)
        if (item.kind === 'caught_up' && item.seq >= store.seq) break
      }
      expect(feed.cursor).toBeGreaterThanOrEqual(store.seq)
      return seqs
    }
    const direct = await read(client)
    expect(direct.length).toBeGreaterThanOrEqual(4)
    expect(await read(behind)).toEqual(direct)
  })

  test('it is tried again, and used as soon as it works, without a gap', async () => {
    const { proxy, client: behind } = await proxied(404)
    const feed = behind.openFeed({ after: 0, upgradeRetryMs: 20 })
    const said: string[] = []
    const seqs: number[] = []
    for await (const item of feed) {
      if (item.kind === 'event') seqs.push(item.event.seq)
      if (item.kind !== 'connection' || item.connection.state !== 'live') continue
      said.push(item.connection.degraded === undefined ? 'WebSocket' : 'HTTP')
      if (said.at(-1) === 'WebSocket') break
      await client.call('addTask', { prompt: 'List files' })
      proxy.rule = 'pass'
    }
    expect(said).toEqual(['HTTP', 'WebSocket'])
    expect(seqs).toEqual(Array.from(seqs, (_, index) => index + 1))
    await vi.waitFor(async () => expect(await connections()).toBe(0), 5000)
  })

  test('a way that changes and breaks all the time loses, doubles and reorders nothing', async () => {
    const { proxy, client: behind } = await proxied()
    const random = seededRandom()
    const first = (await client.call('status', {})).store.seq
    const seqs: number[] = []
    const ways = new Set<string>()
    const feed = behind.openFeed({ after: first, upgradeRetryMs: 5 })
    const reading = (async () => {
      for await (const item of feed) {
        if (item.kind === 'event') seqs.push(item.event.seq)
        if (item.kind !== 'connection' || item.connection.state !== 'live') continue
        ways.add(item.connection.degraded === undefined ? 'WebSocket' : 'HTTP')
      }
    })()
    const progress = { isWriting: true }
    const writing = Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let round = 0; round < 120; round += 1) await client.call('addTask', { prompt: 'x', at: '1h' })
      }),
    ).finally(() => (progress.isWriting = false))
    while (progress.isWriting || ways.size < 2) {
      const what = random.pick(['cutAll', 404, 'cut', 'pass', 'pass'] as const)
      if (what === 'cutAll') proxy.cutAll()
      else proxy.rule = what
      await new Promise((resolve) => setTimeout(resolve, 5 + random.below(40)))
    }
    await writing
    proxy.rule = 'pass'
    const last = (await client.call('status', {})).store.seq
    await vi.waitFor(() => expect(seqs.at(-1)).toBe(last), 10_000)
    feed.close()
    await reading
    expect(seqs).toEqual(Array.from({ length: last - first }, (_, index) => first + index + 1))
  })

  test('an upgrade that is never answered is waited for once', async () => {
    const { proxy, client: behind } = await proxied('hang')
    const said: Connection[] = []
    const task = await behind.submitTask({ prompt: 'List files' }, undefined, {
      upgradeTimeoutMs: 50,
      onConnection: (connection) => said.push(connection),
    })
    expect(task.status).toBe('completed')
    expect(said.at(-1)).toMatchObject({ degraded: expect.stringContaining('nothing came back') })
    expect(proxy.upgrades).toBe(1)
  })

  test('a proxy that holds answers back until they are whole only makes events late', async () => {
    const { proxy, client: behind } = await proxied(426)
    proxy.holdsBack = true
    const states: string[] = []
    const note = ({ status }: Task): void => void (states.at(-1) === status || states.push(status))
    const submitted = behind.submitTask(untilFile('held-test'), note, { silenceMs: 30 })
    await vi.waitFor(() => expect(states).toEqual(['pending', 'in_progress']), 5000)
    letGo('held-test')
    expect(await submitted).toMatchObject({ status: 'completed' })
    expect(states).toEqual(['pending', 'in_progress', 'completed'])
  })

  test('what a proxy ends too soon, and as if it were whole, is asked for again', async () => {
    const { proxy, client: behind } = await proxied(502)
    await client.submitTask({ prompt: 'List files' })
    const { store } = await client.call('status', {})
    proxy.answersToShorten = 3
    const feed = behind.openFeed({ after: 0 })
    const seqs: number[] = []
    for await (const item of feed) {
      if (item.kind === 'event') seqs.push(item.event.seq)
      if (item.kind === 'caught_up' && item.seq >= store.seq) break
    }
    expect(seqs.slice(0, store.seq)).toEqual(Array.from({ length: store.seq }, (_, index) => index + 1))
    expect(proxy.answersToShorten).toBe(0)
  })

  test('a broken stream goes on from its cursor', async () => {
    const { proxy, client: behind } = await proxied(502)
    const { id } = await client.call('addTask', untilFile('cut-test'))
    const seqs: number[] = []
    for await (const { type, seq } of behind.watchTask(id)) {
      seqs.push(seq)
      if (seqs.length <= 5) proxy.cutAll()
      if (type === 'tool_use') letGo('cut-test')
    }
    expect(seqs).toEqual(seqsOf((await client.call('taskEvents', { id })).events))
  })
})

describe('a session', () => {
  const stateWhere = (session: Session, is: (state: SessionState) => boolean): Promise<SessionState> =>
    vi.waitUntil(() => (is(session.state) ? session.state : undefined), { timeout: 5000, interval: 5 })
  const isLive = ({ connection }: SessionState): boolean => connection.state === 'live'

  test('says who we are, sends what waited, and hears of answers and errors', async () => {
    const session = client.openSession({ userId: 'Ann', client: 'test/1' })
    onTestFinished(() => session.close())
    const errors: string[] = []
    session.on('error', ({ message }) => errors.push(message))
    session.send({ type: 'message', agent_type: 'nobody', message: 'Hello' })
    expect(session.state).toMatchObject({ isAuthenticated: false, sessionId: null })
    expect(await stateWhere(session, isLive)).toMatchObject({ isAuthenticated: true, userId: 'Ann' })
    await vi.waitFor(() => expect(errors).toEqual(['Unknown agent_type: nobody']))
  })

  test('comes back as the same session after a cut, and misses nothing', async () => {
    const { proxy, client: behind } = await proxied()
    const session = behind.openSession({ userId: 'Ann', subscribe: { after: 0, deltas: true } })
    onTestFinished(() => session.close())
    const seqs: number[] = []
    const states: string[] = []
    session.on('event', ({ seq }) => seqs.push(seq))
    session.on('state', ({ connection }) => states.push(connection.state))
    const { sessionId } = await stateWhere(session, isLive)
    for (let turn = 0; turn < 3; turn += 1) {
      proxy.cutAll()
      const { last_seq } = await client.submitTask({ prompt: 'List files' })
      await stateWhere(session, (state) => isLive(state) && state.cursor >= last_seq)
    }
    expect(seqs).toEqual(Array.from(seqs, (_, index) => index + 1))
    expect(session.state.sessionId).toBe(sessionId)
    expect(states.filter((state) => state === 'reconnecting').length).toBeGreaterThanOrEqual(3)
  })

  test('changes its subscription, without an event of the one before', async () => {
    const [one, two] = [
      await client.submitTask({ prompt: 'List files' }),
      await client.submitTask({ prompt: 'Read file' }),
    ]
    const session = client.openSession()
    onTestFinished(() => session.close())
    const seen: (string | null)[] = []
    session.on('event', ({ task_id }) => seen.push(task_id))
    session.subscribe({ tasks: [one.id], after: 0 })
    await new Promise<void>((resolve) => session.on('caught_up', () => resolve()))
    session.subscribe({ tasks: [two.id], after: 0 })
    seen.length = 0
    await new Promise<void>((resolve) => session.on('caught_up', () => resolve()))
    expect(new Set(seen)).toEqual(new Set([two.id]))
  })

  test('is live without a subscription as soon as it is taken back, and hears nothing more of it', async () => {
    await client.submitTask({ prompt: 'List files' })
    const session = client.openSession()
    onTestFinished(() => session.close())
    let events = 0
    session.on('event', () => (events += 1))
    await stateWhere(session, isLive)
    session.subscribe({ after: 0 })
    session.unsubscribe()
    // Its answer stands behind everything that the daemon says of that subscription.
    const answered = new Promise<void>((resolve) => session.on('error', () => resolve()))
    session.send({ type: 'message', agent_type: 'nobody', message: 'Hello' })
    await answered
    expect(events).toBe(0)
    expect(session.state).toMatchObject({ connection: { state: 'live' }, isAuthenticated: true })
    const replaying = new Promise<void>((resolve) => {
      session.on('state', ({ connection }) => {
        if (connection.state !== 'replaying') return
        session.unsubscribe()
        resolve()
      })
    })
    session.subscribe({ after: 0 })
    await replaying
    expect(session.state).toMatchObject({ connection: { state: 'live' } })
  })

  test('is degraded where no WebSocket can be had: events come, and what is sent goes over HTTP', async () => {
    const { client: behind } = await proxied(404)
    const session = behind.openSession({ userId: 'agent' })
    onTestFinished(() => session.close())
    const ends: string[] = []
    session.on('event', (event) => {
      if (event.type === 'status') ends.push(event.data.status)
    })
    await stateWhere(session, (state) => isLive(state) && state.isAuthenticated)
    const replies: ChatFrame[] = []
    session.on('reply', (reply) => void replies.push(reply))
    session.send({ type: 'message', agent: 'default', message: 'List files' })
    session.send({ type: 'message', agent: 'default', message: 'What time is it?' })
    session.send({ type: 'message', agent_type: 'nobody', message: 'Hello' })
    await vi.waitFor(() => expect(replies).toHaveLength(3), 5000)
    const answers = replies.filter(({ type }) => type === 'message')
    expect(answers).toHaveLength(2)
    // Without an id of its own, what is said to an agent is said in one conversation.
    const { conversations } = await client.call('listConversations', { user_id: 'agent' })
    expect(conversations).toMatchObject([{ agent: 'default', turns: 2, title: 'List files' }])
    expect(answers[0]).toMatchObject({ agent_type: 'default', conversation_id: conversations[0]?.id })
    expect(replies.find(({ type }) => type === 'error')).toMatchObject({
      task_id: null,
      code: 'not_found',
      message: 'no agent "nobody"',
    })
    const { id } = await client.call('addTask', untilFile('never'))
    session.send({ type: 'cancel', task_id: id })
    await vi.waitFor(() => expect(ends).toContain('cancelled'), 5000)
  })

  test('refuses a frame that would end it, and ends where the daemon does not want its user', async () => {
    const session = client.openSession({ userId: '' })
    onTestFinished(() => session.close())
    expect(() => session.send({ type: 'message', message: 'é'.repeat(600_000) })).toThrow(
      'at most 1048576 bytes',
    )
    const { connection } = await stateWhere(session, (state) => state.connection.state === 'closed')
    expect(connection).toMatchObject({ error: { code: 'usage' } })
  })

  test('waits for a daemon that is not there yet, and ends with a reason where its token is wrong', async () => {
    const env = { SPARKY_HOME: tempHome(), SPARKY_TOKEN: 'wrong' }
    const session = createClient({ env }).openSession()
    onTestFinished(() => session.close())
    await stateWhere(session, ({ connection }) => connection.state === 'reconnecting')
    writeFileSync(path.join(env.SPARKY_HOME, 'daemon.json'), JSON.stringify(sparky.daemon()))
    const { connection } = await stateWhere(session, (state) => state.connection.state === 'closed')
    expect(connection).toMatchObject({ error: { code: 'unauthorized' } })
    expect(() => session.send({ type: 'ping' })).toThrow('closed')
  })
})
