import { execa } from 'execa'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { createClient, Connection } from '../../src/client/client.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'
import { upgradeProxy, type UpgradeProxy } from '../support/upgrade-proxy.ts'

/** The library as other people's programs get it: built, and by its name. */
const root = path.join(import.meta.dirname, '../..')
const page = readFileSync(path.join(root, 'docs/client.md'), 'utf8')
const examples = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code = '']) => code)

let program: string
let sparky: Sparky
const endings: (() => Promise<void>)[] = []

beforeAll(async () => {
  program = mkdtempSync(path.join(os.tmpdir(), 'sparky-program-'))
  mkdirSync(path.join(program, 'node_modules/@types'), { recursive: true })
  symlinkSync(root, path.join(program, 'node_modules/sparky-agent'))
  symlinkSync(path.join(root, 'node_modules/@types/node'), path.join(program, 'node_modules/@types/node'))
  sparky = newSparky({}, { onTestFinished: (end) => endings.push(end) })
  await sparky.start()
})

afterAll(async () => {
  for (const end of endings) await end()
  rmSync(program, { recursive: true, force: true })
})

const run = (file: string, code: string) => {
  writeFileSync(path.join(program, file), code)
  return execa(process.execPath, [file], {
    cwd: program,
    env: sparky.env,
    extendEnv: false,
    timeout: 20_000,
  })
}

describe('an example of docs/client.md', () => {
  const expected: readonly RegExp[] = [
    /^pending\nin_progress\n[^]*completed\nThe current date and time/,
    /^model_not_configured \d+$/,
    /^true$/,
    // Deltas may be left out: a command that was quick has spoken before anybody followed it.
    /^(one\n)?(two\n)?run_command ok 1\ncompleted$/,
    /^AbortError\ncancelled$/,
    /^connecting false\n[^]* task_added\n[^]*closed false$/,
    /^$/,
  ]
  test('is looked for, each of them', () => expect(examples('js')).toHaveLength(expected.length))
  test.each(examples('js').map((code, index) => [index, code] as const))(
    '%i runs, does what the page says, and lets the program end',
    async (index, code) => {
      const { stdout, stderr } = await run(`example-${index}.mjs`, code)
      expect(stdout).toMatch(expected[index] ?? /no such example/)
      expect(stderr).toBe('')
    },
  )
})

test('the library is there for require, too', async () => {
  const { stdout, stderr } = await run(
    'program.cjs',
    `const { connect } = require('sparky-agent/client')
     connect().then((client) => client.submitTask({ prompt: 'List files' })).then(({ status }) => console.log(status))`,
  )
  expect([stdout, stderr]).toEqual(['completed', ''])
})

test('its types stand in programs for Node and for pages, with every declaration checked', async () => {
  writeFileSync(path.join(program, 'program.mts'), [...examples('ts'), consumer].join('\n'))
  writeFileSync(path.join(program, 'page.ts'), consumer)
  const check = (file: string, ...options: string[]) =>
    execa(
      path.join(root, 'node_modules/.bin/tsc'),
      ['--noEmit', '--strict', '--target', 'es2022', '--ignoreConfig', ...options, file],
      { cwd: program, reject: false, all: true },
    )
  const outcomes = await Promise.all([
    check('program.mts', '--module', 'nodenext', '--types', 'node', '--exactOptionalPropertyTypes'),
    check(
      'page.ts',
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--lib',
      'es2022,dom',
      '--types',
      '',
    ),
  ])
  expect(outcomes.map(({ all }) => all)).toEqual(['', ''])
})

const consumer = `
import * as sparky from 'sparky-agent/client'
export const use = async (): Promise<void> => {
  const client: sparky.LiveClient = await sparky.connect({ url: 'http://127.0.0.1:7717', token: 'x' })
  const onUpdate = ({ status }: sparky.Task): void => console.log(status === 'in_progress')
  const task = await sparky.submitTask({ prompt: 'x', context: { a: [1] } }, onUpdate, { client })
  const answer: string | undefined = task.response_payload?.answer
  for await (const event of sparky.watchTask(task.number, { client })) {
    const seq: number = event.seq
    if (event.type === 'tool_use') console.log(event.data.call_id, seq, answer)
  }
  for await (const line of sparky.watchTask('1', { client, deltas: true })) {
    // @ts-expect-error a delta has none
    console.log(line.seq)
  }
  try {
    await sparky.submitAgentTask({ prompt: 'x' }, undefined, { signal: AbortSignal.timeout(1) })
  } catch (error) {
    if (error instanceof sparky.TaskFailure) console.log(error.task.id, error.code === 'limit_cost')
  }
  const session = client.openSession({ userId: 'me' })
  session.on('state', ({ connection }) => console.log(connection.state === 'live' && connection.degraded))
  session.on('event', ({ seq }) => console.log(seq.toFixed()))
  // @ts-expect-error a prompt is needed
  await sparky.submitTask({})
  // @ts-expect-error there is no such call
  await client.call('nothing', {})
}
`

describe('the library of pages', () => {
  let library: {
    readonly createClient: typeof createClient
    readonly submitTask: (...args: unknown[]) => Promise<unknown>
  }
  const globals = globalThis as { WebSocket?: unknown }
  const original = globals.WebSocket

  beforeAll(async () => {
    // Node 20 has no WebSocket of its own; the one of ws has the same face.
    globals.WebSocket = WebSocket
    library = (await import(path.join(root, 'dist/client-browser.js'))) as typeof library
  })
  afterAll(() => {
    globals.WebSocket = original
  })

  const behind = async (rule: UpgradeProxy['rule']) => {
    const proxy = await upgradeProxy(() => sparky.daemon()?.url ?? '', rule)
    onTestFinished(() => proxy.close())
    return { proxy, client: library.createClient({ url: `${proxy.url}/`, token: sparky.token() }) }
  }

  test('has nothing of Node in it, and no zod', () => {
    const code = readFileSync(path.join(root, 'dist/client-browser.js'), 'utf8')
    expect(code).not.toMatch(/\bnode:|\brequire\(|process\.|ZodType|\bfrom"/)
    expect(code.length).toBeLessThan(36 * 1024)
  })

  test.each(['pass', 404, 'cut'] as const)(
    'submits and watches a task where upgrades are answered %s',
    async (rule) => {
      const { client } = await behind(rule)
      const said: Connection[] = []
      const task = await client.submitTask({ prompt: 'List files' }, undefined, {
        onConnection: (connection) => said.push(connection),
      })
      expect(task).toEqual(await client.call('showTask', { id: task.id }))
      expect('degraded' in (said.at(-1) ?? {})).toBe(rule !== 'pass')
      const seqs: number[] = []
      for await (const { seq } of client.watchTask(task.number)) seqs.push(seq)
      expect(seqs).toEqual((await sparky.events(task.number)).map(({ seq }) => seq))
    },
  )

  test('hangs up while nobody reads, and comes back for the rest', async () => {
    const { proxy, client } = await behind('pass')
    const first = (await client.call('status', {})).store.seq
    const count = 80
    const prompt = 'x'.repeat(100_000)
    await Promise.all(Array.from({ length: count }, () => client.call('addTask', { prompt, at: '1h' })))
    const sessions = async (): Promise<number> => (await client.call('status', {})).sessions
    let next = first
    for await (const event of client.events({ after: first, types: ['task_added'] })) {
      expect('seq' in event && event.seq).toBe((next += 1))
      if (next === first + 1) await vi.waitFor(async () => expect(await sessions()).toBe(0), 5000)
      if (next === first + count) break
    }
    expect(proxy.upgrades).toBeGreaterThanOrEqual(2)
  })

  test('says what it needs, and what a wrong token is', async () => {
    await expect(library.submitTask({ prompt: 'x' })).rejects.toMatchObject({ code: 'usage' })
    const { proxy } = await behind('pass')
    const stranger = library.createClient({ url: proxy.url, token: 'wrong' })
    await expect(stranger.call('status', {})).rejects.toMatchObject({ code: 'unauthorized' })
    const reading = (async () => {
      for await (const _ of stranger.events()) continue
    })()
    await expect(reading).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(
      library.createClient({ url: 'http://127.0.0.1:9' }).call('status', {}),
    ).rejects.toMatchObject({
      code: 'daemon_unreachable',
      retryable: true,
    })
  })
})
