import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Event } from '../../src/protocol/event.ts'
import { curl } from '../support/curl.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'
import { requirePython, runPython, startProgram, startPython, type Said } from './python/python.ts'
import { eventually } from './eventually.ts'
import { expectAll } from './shipped-schema.ts'

/**
 * A client in another language, which knows docs/protocol.md and nothing else. Where it has to know more, the page is
 * wrong.
 */
beforeAll(requirePython)

const page = readFileSync(path.join(import.meta.dirname, '../../docs/protocol.md'), 'utf8')

const started = async (config: readonly (readonly [string, string])[] = []): Promise<Sparky> => {
  const sparky = newSparky()
  for (const [key, value] of config) await sparky.run(['config', 'set', key, value])
  await sparky.json(['agent', 'start'])
  return sparky
}

const framesOf = (said: readonly Said[]): Record<string, unknown>[] =>
  said.flatMap(({ frame }) => (frame === undefined ? [] : [frame as Record<string, unknown>]))

const storedEvents = async (sparky: Sparky): Promise<Event[]> => {
  const { text } = await curl(sparky, 'GET', '/api/v1/events', {
    headers: { accept: 'application/x-ndjson' },
  })
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
}

describe('a client written from docs/protocol.md', () => {
  test('follows its task to the end, and everything else, over two kills and restarts of the daemon', async () => {
    const sparky = await started()
    await sparky.json(['run', 'List files'])
    const client = startPython(sparky, 'follow', { until: 'List files at last' })
    await client.line(({ mine }) => mine === true)
    for (const round of [1, 2]) {
      await sparky.add(`Run the command: echo round ${round}; sleep 0.3`)
      await sparky.add('List files')
      await eventually(async () => {
        const events = await storedEvents(sparky)
        expect(events.filter(({ type }) => type === 'tool_use').length).toBeGreaterThan(round)
      })
      await sparky.killDaemon()
      await sparky.json(['agent', 'start'])
      await eventually(() =>
        expect(framesOf(client.said).filter(({ type }) => type === 'connected')).toHaveLength(round + 1),
      )
    }
    await sparky.json(['agent', 'tasks', 'wait', '1', '2', '3', '4', '5', '6'])
    // Everything that changes a task in another way than by running.
    const send = async (method: string, target: string, body?: unknown) => {
      const { status, text } = await curl(sparky, method, `/api/v1/tasks${target}`, { body })
      expect([method, target, status, text]).toEqual([method, target, target === '' ? 201 : 200, text])
    }
    await send('POST', '', { prompt: 'List files', at: '1h', labels: { a: 'b' } })
    await send('PATCH', '/7', { prompt: 'List other files', priority: 4, limits: { max_steps: 3 } })
    await send('POST', '/7/pause')
    await send('POST', '/7/resume')
    await send('POST', '/7/cancel', { reason: 'enough' })
    await sparky.run(['run', 'Write a sonnet'])
    await send('POST', '/8/retry')
    await send('POST', '/4/retry')
    await send('DELETE', '/3')
    await sparky.add('List files at last')
    const said = await client.ended
    const { events, connections, folded, fetched } = said.at(-1) ?? {}
    expect(connections).toBe(3)
    expect(folded).toEqual(fetched)
    expect(events).toBe((await storedEvents(sparky)).length)
    expectAll('server-frame.json', framesOf(said))
  })

  test('misses nothing and sees nothing twice although it leaves again and again in the middle of it', async () => {
    const sparky = await started([['concurrency', '4']])
    const client = startPython(sparky, 'follow', { until: 'List files at last', drop_after: 30 })
    await client.line(({ frame }) => frame !== undefined)
    for (let count = 0; count < 30; count += 1) {
      await curl(sparky, 'POST', '/api/v1/tasks', { body: { prompt: 'List files' } })
    }
    await curl(sparky, 'POST', '/api/v1/tasks', { body: { prompt: 'List files at last', priority: -1 } })
    const { events, connections, folded, fetched } = (await client.ended).at(-1) ?? {}
    expect(connections).toBeGreaterThan(8)
    expect(folded).toEqual(fetched)
    expect(events).toBe((await storedEvents(sparky)).length)
  })

  test.each(['another store', 'an older copy of the same store'])(
    'begins anew when it finds %s where it was',
    async (found) => {
      const sparky = await started()
      await sparky.json(['run', 'List files'])
      await sparky.run(['agent', 'stop'])
      const [store, copy] = [path.join(sparky.home, 'store'), path.join(sparky.home, 'copy')]
      cpSync(store, copy, { recursive: true })
      await sparky.json(['agent', 'start'])
      const client = startPython(sparky, 'follow', { until: 'List files at last' })
      await client.line(({ mine }) => mine === true)
      await sparky.killDaemon()
      rmSync(store, { recursive: true })
      if (found !== 'another store') renameSync(copy, store)
      await sparky.json(['agent', 'start'])
      await eventually(() =>
        expect(framesOf(client.said).filter(({ type }) => type === 'connected').length).toBeGreaterThan(1),
      )
      await sparky.add('List files at last')
      const { beginnings, folded, fetched, events } = (await client.ended).at(-1) ?? {}
      expect(beginnings).toBe(1)
      expect(folded).toEqual(fetched)
      expect(events).toBe((await storedEvents(sparky)).length)
    },
  )

  test('is lagged when it does not read, and gets every event all the same', async () => {
    const sparky = await started()
    await sparky.json(['agent', 'pause'])
    const said = await runPython(sparky, 'slow', { tasks: 40, characters: 400_000 })
    const { order, events } = said.at(-1) ?? {}
    expect(order).toEqual(['task_added', 'lagged', 'task_added', 'caught_up'])
    expect(events).toBe(40)
    expect(framesOf(said)).toMatchObject([
      { type: 'lagged', id: 7, after: expect.any(Number) },
      { type: 'caught_up', id: 7 },
    ])
    expectAll('control-frame.json', framesOf(said))
  })

  test('learns the newest seq through a filter that hides everything', async () => {
    const sparky = await started()
    await sparky.json(['run', 'List files'])
    const client = startPython(sparky, 'quiet', { task: '1' })
    await client.line(({ caught_up }) => typeof caught_up === 'number')
    await sparky.json(['run', 'List files'])
    const newest = (await storedEvents(sparky)).length
    const { shown } = await client.line(({ caught_up }) => caught_up === newest)
    expect(shown).toEqual(['tool_result'])
  })

  test('gets for each frame that makes no sense the error that the page has, and stays connected', async () => {
    const sparky = await started()
    await sparky.json(['run', 'List files'])
    const rows = documentedErrors()
    expect(rows.length).toBeGreaterThanOrEqual(9)
    const frames = [...rows.map(({ frame }) => frame), '{"type":"ping"}']
    const said = await runPython(sparky, 'answers', { path: '/api/ws/agent', frames })
    const [connected, ...replies] = framesOf(said)
    expect(connected).toMatchObject({ type: 'connected', protocol: 1 })
    expect(replies.at(-1)).toEqual({ type: 'pong' })
    rows.forEach(({ code, message }, at) => {
      expect(replies[at]).toMatchObject({ type: 'error', code })
      expect(String(replies[at]?.['message'])).toMatch(message)
    })
    expectAll('server-frame.json', framesOf(said))
  })

  test('is closed with each close code that a client can bring about', async () => {
    const sparky = await started()
    const end = async (scenario: string, words: Readonly<Record<string, unknown>>) => {
      const said = await runPython(sparky, scenario, words)
      const { code, reason } = said.at(-1) ?? {}
      return { code, reason, frames: framesOf(said) }
    }
    expect(await end('leave', {})).toMatchObject({ code: 1000 })
    for (const words of [{ token: 'wrong' }, { headers: false }, { headers: false, query: '?token=wrong' }]) {
      expect(await end('stay', words)).toMatchObject({
        code: 4001,
        reason: 'Invalid or missing api_key',
        frames: [{ type: 'error', code: 'unauthorized', message: 'Invalid or missing api_key' }],
      })
    }
    expect(await end('huge', { size: 1024 * 1024 })).toMatchObject({ code: 1009 })
    const flooded = await end('stay', { send: ['{"type":"ping"}'], times: 5000 })
    expect(flooded).toMatchObject({ code: 1008, reason: 'too many frames' })
    const refused = flooded.frames.filter(({ code }) => code === 'rate_limited').length
    const pongs = flooded.frames.filter(({ type }) => type === 'pong').length
    expect(pongs).toBeGreaterThanOrEqual(500)
    expect(pongs).toBeLessThan(1000)
    // More where frames were let in between.
    expect(refused).toBeGreaterThanOrEqual(200)
    expect(refused).toBeLessThan(400)
    expect(await end('stay', { path: '/ws/tasks/99' })).toMatchObject({
      code: 1008,
      frames: [{ type: 'error', data: { message: 'no task "99"' }, code: 'not_found' }],
    })

    for (const name of ['api_key', 'session_token', 'token']) {
      const query = `?${name}=${sparky.token()}`
      const client = startPython(sparky, 'stay', { headers: false, query })
      await client.line(({ frame }) => (frame as { type?: string } | undefined)?.type === 'connected')
      client.kill()
    }
    const staying = startPython(sparky, 'stay')
    await staying.line(({ frame }) => frame !== undefined)
    await sparky.run(['agent', 'stop'])
    expect((await staying.ended).at(-1)).toMatchObject({ code: 1001 })
  })

  test('is told when it is one connection too many, and let in when there is room', async () => {
    const sparky = await started([['server.max_connections', '2']])
    const two = [startPython(sparky, 'stay'), startPython(sparky, 'stay')]
    await Promise.all(two.map((client) => client.line(({ frame }) => frame !== undefined)))
    const said = await runPython(sparky, 'stay')
    expect(framesOf(said)).toMatchObject([
      { type: 'error', code: 'rate_limited', message: 'Too many connections' },
    ])
    expect(said.at(-1)).toMatchObject({ code: 1013, reason: 'Too many connections' })
    two[0]?.kill()
    await eventually(async () => expect((await runPython(sparky, 'leave')).at(-1)).toEqual({ code: 1000 }))
  })

  test('is refused before there is a WebSocket: another path, a foreign origin', async () => {
    const sparky = await started()
    const status = async (words: Readonly<Record<string, unknown>>) =>
      (await runPython(sparky, 'refused', words)).at(-1)
    expect(await status({ path: '/api/ws/agent' })).toEqual({ status: 101 })
    expect(await status({ path: '/api/ws/nobody' })).toEqual({ status: 404 })
    const headers = { Origin: 'http://localhost:3000' }
    expect(await status({ path: '/api/ws/agent', headers })).toEqual({ status: 403 })
  })

  test('watches one task: steps, its result, a cancel that all watchers see', async () => {
    const sparky = await started()
    const done = await sparky.json<{ response_payload: { answer: string }; last_seq: number }>([
      'run',
      'List files',
    ])
    const watched = await runPython(sparky, 'stay', { path: '/ws/tasks/1' })
    const frames = framesOf(watched)
    expect(frames[0]).toEqual({ type: 'connected', task_id: expect.any(String) })
    const events = await storedEvents(sparky)
    expect(frames.slice(1, -1)).toEqual(
      events.map(({ type, step, data, ts }) => ({
        type: 'step',
        data: { event_type: type, step, data, timestamp: ts },
      })),
    )
    expect(frames.at(-1)).toEqual({
      type: 'result',
      data: { output: done.response_payload.answer, total_steps: 2, total_tokens: 0 },
    })
    expect(watched.at(-1)).toMatchObject({ code: 1000 })

    await sparky.run(['run', 'Write a sonnet'])
    const failed = await runPython(sparky, 'stay', { path: '/ws/tasks/2' })
    expect(framesOf(failed).at(-1)).toMatchObject({ type: 'error', code: 'model_not_configured' })
    expect(failed.at(-1)).toMatchObject({ code: 1000 })

    const { id } = await sparky.add('Run the command: sleep 60')
    const watcher = startPython(sparky, 'stay', { path: `/ws/tasks/${id}`, send: ['{"type":"ping"}', '{'] })
    await watcher.line(({ frame }) => (frame as { type?: string } | undefined)?.type === 'error')
    const canceller = runPython(sparky, 'stay', { path: `/ws/tasks/${id}`, send: ['{"type":"cancel"}'] })
    for (const said of [await watcher.ended, await canceller]) {
      expect(framesOf(said).at(-1)).toEqual({ type: 'result', data: { status: 'cancelled', task_id: id } })
      expect(said.at(-1)).toMatchObject({ code: 1000 })
      expectAll('task-frame.json', framesOf(said))
    }
    expect(framesOf(watcher.said)).toContainEqual({ type: 'pong' })
    expectAll('task-frame.json', [...frames, ...framesOf(failed)])
  })

  test('chats at every endpoint: each message is answered in its conversation, old endpoints say that they are', async () => {
    const sparky = await started()
    const places = [
      ['/api/ws/agent', 'guide', null],
      ['/api/ws/guide', 'guide', null],
      ['/api/ws/liaison/health', 'liaison', 'health'],
    ] as const
    for (const [place, agent_type, pillar] of places) {
      const sent = ['{"message":"Hi"}', '{"type":"message","message":"Hi","conversation_id":"mine"}']
      const said = await runPython(sparky, 'answers', { path: place, frames: sent })
      const [connected, own, named] = framesOf(said)
      expect(connected?.['deprecated']).toBe(place === '/api/ws/agent' ? undefined : true)
      expect(own).toMatchObject({ agent_type, pillar, conversation_id: expect.stringContaining(agent_type) })
      expect(named).toMatchObject({ agent_type, pillar, conversation_id: 'mine' })
      expectAll('chat-frame.json', [own, named])
      expectAll('server-frame.json', framesOf(said))
    }
  })
})

test('the whole client that the page shows goes on where it was when the daemon was killed', async () => {
  const sparky = await started()
  const [, text = ''] = /```python\n([\s\S]*?)```/.exec(page) ?? []
  const { lines } = startProgram(sparky, text)
  await sparky.json(['run', 'Run the command: echo one'])
  await eventually(() => expect(lines.at(-1)).toMatch(/^\d+ status .*"completed"/))
  await sparky.killDaemon()
  await sparky.json(['run', 'Run the command: echo two'])
  const stored = await storedEvents(sparky)
  const printed = stored.map(({ seq, type }) => `${seq} ${type}`)
  await eventually(() => {
    const seen = lines.map((line) => line.split(' ').slice(0, 2).join(' '))
    expect(seen.filter((line) => !line.startsWith('delta'))).toEqual(printed)
  })
  expect(lines.filter((line) => line.startsWith('delta tool_output')).join('')).toContain('one')
})

interface DocumentedError {
  /** What is sent; null is a binary frame. */
  readonly frame: string | null
  readonly code: string
  readonly message: RegExp
}

/** The page's table of what is sent and what is said to it; without the row that needs a flood. */
function documentedErrors(): DocumentedError[] {
  const [, table = ''] = page.split('| sent | `code`: `message` |\n|---|---|\n')
  return table
    .slice(0, table.indexOf('\n\n'))
    .split('\n')
    .filter((row) => !row.includes('too many frames'))
    .map((row) => {
      const [, sent = '', answer = ''] = row.split(' | ').length === 2 ? ['', ...row.split(' | ')] : []
      const [code = '', ...message] = answer.replace(/ \|$/, '').split(': ')
      const pattern = message.join(': ').replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
      return {
        frame: sent.includes('binary') ? null : (/`(.*?)`/.exec(sent)?.[1] ?? ''),
        code: code.replaceAll('`', ''),
        message: new RegExp(`^${pattern.replace('…', '')}`),
      }
    })
}
