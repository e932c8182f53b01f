import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test as vitestTest, vi } from 'vitest'
import type { Schedule } from '../../src/protocol/schedule.ts'
import type { Task } from '../../src/protocol/task.ts'
import { slotOf } from '../support/slot-of.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 20_000, interval: 50 }

/** Each in a home of its own, since they run side by side: most of their time is waiting for times to come. */
const test = vitestTest.extend<{ sparky: Sparky }>({
  sparky: async ({ onTestFinished }, use) => use(newSparky({}, { onTestFinished })),
})

const words = (text: string): string[] => text.split(' ')

const request = async (sparky: Sparky, path: string, method = 'GET', body?: object) => {
  const response = await fetch(`${sparky.daemon()?.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${sparky.token()}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: (await response.json()) as unknown }
}

const show = async (sparky: Sparky, name: string): Promise<Schedule> =>
  (await request(sparky, `/schedules/${name}`)).json as Schedule

const tasksOf = async (sparky: Sparky, name: string): Promise<Task[]> =>
  ((await request(sparky, '/tasks?limit=500')).json as { readonly tasks: readonly Task[] }).tasks
    .filter(({ schedule }) => schedule === name)
    .reverse()

describe.concurrent('sparky schedule', () => {
  // First, because it takes longest.
  test('a daemon killed again and again while schedules fire adds each of their tasks exactly once', async ({
    sparky,
  }) => {
    await sparky.json(['agent', 'pause'])
    const names = ['one', 'two', 'three']
    for (const name of names) {
      await sparky.json(['schedule', 'add', name, 'every 1s', 'What time is it?', '--catch-up', 'all'])
    }
    const kills = 8
    for (let kill = 0; kill < kills; kill += 1) {
      const [next = ''] = (await show(sparky, names[kill % names.length] ?? '')).next_runs
      // Within the milliseconds in which the append is decided, written and told.
      await delay(Math.max(0, Date.parse(next) - Date.now() + kill * 2))
      process.kill(sparky.daemon()?.pid ?? 0, 'SIGKILL')
      await sparky.start()
    }
    for (const name of names) await sparky.json(['schedule', 'disable', name])
    for (const name of names) {
      const slots = (await tasksOf(sparky, name)).map((task) => Date.parse(slotOf(task)))
      const { created_at } = await show(sparky, name)
      expect(slots.length).toBeGreaterThanOrEqual(kills)
      expect(slots).toEqual(slots.map((_, nth) => Date.parse(created_at) + (nth + 1) * 1000))
    }
  })

  test('every command of schedules does what it says, as text and as JSON', async ({ sparky }) => {
    const added = await sparky.json<Schedule>([
      ...words('schedule add report'),
      '0 9 * * 1-5',
      ...words('List files --timezone Europe/Berlin --overlap queue_one --catch-up skip --max-failures 3'),
      ...words('--priority 2 --label a=b --lock l --max-steps 4 --context {"a":1} --attempts 2'),
    ])
    expect(added).toMatchObject({
      name: 'report',
      cron: '0 9 * * 1-5',
      every: null,
      timezone: 'Europe/Berlin',
      prompt: 'List files',
      cwd: sparky.work,
      overlap: 'queue_one',
      catch_up: 'skip',
      max_failures: 3,
      priority: 2,
      labels: { a: 'b' },
      locks: ['l'],
      context: { a: 1 },
      max_attempts: 2,
      limits: { max_steps: 4 },
      enabled: true,
      last_run: null,
    })
    expect(added.next_runs).toHaveLength(5)
    for (const run of added.next_runs) {
      const inBerlin = new Date(run).toLocaleString('en-GB', {
        timeZone: 'Europe/Berlin',
        timeStyle: 'medium',
      })
      expect(inBerlin).toBe('09:00:00')
    }
    const other = await sparky.run([
      'schedule',
      'add',
      'other',
      'every 1h30m',
      'What time is it?',
      '--disabled',
    ])
    expect(other.stdout).toMatch(/Schedule other added \(every 1h30m\)\. It is disabled\./)
    expect(await sparky.json(['schedule', 'show', 'report'])).toEqual(added)
    const rows = await sparky.json<Schedule[]>(['schedule', 'list'])
    expect(rows.map(({ name, next_runs }) => [name, next_runs.length])).toEqual([
      ['other', 0],
      ['report', 5],
    ])
    const { stdout: table } = await sparky.run(['schedule', 'list'])
    expect(table).toMatch(/^NAME .*NEXT RUN/)
    expect(table).toMatch(
      /report +0 9 \* \* 1-5 Europe\/Berlin +\d{4}-\d\d-\d\d 09:00 \(in \d+[dhms]\) +List files/,
    )
    const { stdout: view } = await sparky.run(['schedule', 'show', 'report'])
    expect(view.match(/^ {2}\d{4}-\d\d-\d\d 09:00 {2}in /gm)).toHaveLength(5)

    const task = await sparky.json<Task>(['schedule', 'run', 'other'])
    expect(task).toMatchObject({ number: 1, schedule: 'other', prompt: 'What time is it?', cwd: sparky.work })
    await sparky.run(['agent', 'tasks', 'wait', '1'])
    expect(await sparky.json(['schedule', 'show', 'other'])).toMatchObject({
      last_run: { manual: true, number: 1, status: 'completed' },
      enabled: false,
    })
    expect(await sparky.json(['schedule', 'enable', 'other'])).toMatchObject({ enabled: true })
    expect(await sparky.json(['schedule', 'disable', 'other', 'report'])).toMatchObject([
      { name: 'other', enabled: false, next_runs: [] },
      { name: 'report', enabled: false },
    ])
    const unquoted = words('schedule add unquoted every 5 minutes List files --disabled')
    expect(await sparky.json(unquoted)).toMatchObject({ every_s: 300, prompt: 'List files' })
    await sparky.run(words('schedule remove unquoted'))
    const edit = [
      ...words('schedule edit report --every 3h --no-max-failures --priority 4 --prompt'),
      'Do it well',
    ]
    expect(await sparky.json(edit)).toMatchObject({
      cron: null,
      every_s: 10_800,
      prompt: 'Do it well',
      priority: 4,
      max_failures: null,
      labels: { a: 'b' },
      overlap: 'queue_one',
      enabled: false,
    })
    const { stdout: edited } = await sparky.run(words('schedule edit report --catch-up all'))
    expect(edited.trim()).toBe('Schedule report changed: catch_up. It is disabled.')
    const again = ['schedule', 'add', 'report', 'every 2h', 'List files']
    expect(await sparky.run(again)).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('--replace'),
    })
    expect(await sparky.json([...again, '--replace'])).toMatchObject({
      every_s: 7200,
      enabled: true,
      labels: {},
    })
    expect(await sparky.json(['schedule', 'remove', 'report'])).toMatchObject({ name: 'report' })
    expect((await sparky.json<Schedule[]>(['schedule', 'list'])).map(({ name }) => name)).toEqual(['other'])
    for (const command of ['show', 'run', 'enable', 'disable', 'remove']) {
      expect(await sparky.run(['schedule', command, 'report'])).toMatchObject({ exitCode: 4 })
    }
  })

  test('what cannot be a schedule is refused with exit code 2, and says what is wrong', async ({
    sparky,
  }) => {
    for (const [args, complaint] of [
      [['x', '61 * * * *', 'List files'], 'minute'],
      [['x', 'every 0.1s', 'List files'], '1s'],
      [['x', '0 9 * * *', 'List files', '--timezone', 'Mars/Phobos'], 'Mars/Phobos'],
      [['x', '0 9 * * *', 'List files', '--overlap', 'sometimes'], 'skip, queue_one, all'],
      [['x', '0 9 * * *', 'List files', '--at', '5m'], '--at'],
      [['a b', '0 9 * * *', 'List files'], 'name'],
      [['x', 'every', '5', 'List', 'files'], 'quotes'],
      [['x', '0', '9', '*', '*', '*', 'List files'], 'quotes'],
    ] as const) {
      const { exitCode, stderr } = await sparky.run(['schedule', 'add', ...args])
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(complaint)])
    }
    expect(await sparky.json(['schedule', 'list'])).toEqual([])
  })

  test('over HTTP they are as on the command line, and what changes counts at once', async ({ sparky }) => {
    await sparky.start()
    const body = { name: 'tick', every: '1h', prompt: 'What time is it?', timezone: 'UTC' }
    expect(await request(sparky, '/schedules', 'POST', body)).toMatchObject({
      status: 201,
      json: { name: 'tick', every_s: 3600, cwd: `${sparky.home}/work` },
    })
    expect(await request(sparky, '/schedules', 'POST', body)).toMatchObject({ status: 409 })
    expect(await request(sparky, '/schedules')).toMatchObject({ json: { schedules: [{ name: 'tick' }] } })
    for (const [change, complaint] of [
      [{ every: 'x' }, 'expected every to be a duration'],
      [{ cron: '61 * * * *' }, 'the minute of the cron expression to be 0-59, found "61"'],
      [{ overlap: 'maybe' }, 'overlap'],
      [{ max_failures: 0 }, 'max_failures'],
      [{ wen: '5m' }, 'wen'],
      [{ after: '1' }, 'after'],
      [{}, 'expected something to change, found nothing'],
    ] as const) {
      expect(await request(sparky, '/schedules/tick', 'PATCH', change)).toMatchObject({
        status: 400,
        json: { error: { code: 'usage', message: expect.stringContaining(complaint) } },
      })
    }
    expect(await request(sparky, '/schedules/nobody', 'PATCH', { every: 1 })).toMatchObject({ status: 404 })
    const changed = await request(sparky, '/schedules/tick', 'PATCH', { every: 1, labels: { a: 'b' } })
    expect(changed).toMatchObject({ status: 200, json: { every_s: 1, labels: { a: 'b' }, timezone: 'UTC' } })
    await vi.waitFor(
      async () => expect(await show(sparky, 'tick')).toMatchObject({ last_run: { number: 2 } }),
      soon,
    )
    expect(await request(sparky, '/schedules/tick/disable', 'POST')).toMatchObject({
      json: { enabled: false },
    })
    const before = await tasksOf(sparky, 'tick')
    expect(await request(sparky, '/schedules/tick/run', 'POST')).toMatchObject({ json: { schedule: 'tick' } })
    await delay(1500)
    expect(await tasksOf(sparky, 'tick')).toHaveLength(before.length + 1)
    expect(await request(sparky, '/schedules/tick', 'DELETE')).toMatchObject({ status: 200 })
    expect(await request(sparky, '/schedules/tick')).toMatchObject({ status: 404 })
    expect(await request(sparky, '/schedules', 'POST', { ...body, after: '1' })).toMatchObject({
      status: 400,
    })
  })

  test('one that fails again and again pauses itself, says why, and that lasts', async ({ sparky }) => {
    await sparky.json(['schedule', 'add', 'poet', 'every 1s', 'Compose a sonnet', '--max-failures', '2'])
    const paused = { enabled: false, failures_in_row: 2, disabled_reason: 'paused after 2 failures in a row' }
    await vi.waitFor(async () => expect(await show(sparky, 'poet')).toMatchObject(paused), soon)
    expect((await sparky.run(['schedule', 'list'])).stdout).toContain('paused after 2 failures in a row')
    await sparky.run(['agent', 'restart'])
    expect(await sparky.json(['schedule', 'show', 'poet'])).toMatchObject(paused)
    expect(await tasksOf(sparky, 'poet')).toHaveLength(2)
  })

  test('times that went by while the daemon was off are made up for, as each schedule says', async ({
    sparky,
  }) => {
    for (const policy of ['skip', 'once', 'all']) {
      await sparky.json(['schedule', 'add', policy, 'every 1s', 'What time is it?', '--catch-up', policy])
    }
    await sparky.run(['agent', 'stop'])
    const stoppedMs = Date.now()
    const caughtUp = new Map<string, number>()
    await delay(3200)
    await sparky.start()
    const startedMs = Date.now()
    for (const policy of ['skip', 'once', 'all']) {
      await vi.waitFor(async () => expect((await show(sparky, policy)).last_run).not.toBeNull(), soon)
      await sparky.run(['schedule', 'disable', policy])
      const missed = (await tasksOf(sparky, policy)).map(slotOf).filter((slot) => {
        const ms = Date.parse(slot)
        return ms > stoppedMs && ms < startedMs - 1000
      })
      caughtUp.set(policy, missed.length)
    }
    expect(caughtUp.get('all')).toBeGreaterThanOrEqual(2)
    expect(caughtUp.get('once')).toBeLessThanOrEqual(1)
    expect(caughtUp.get('skip')).toBeLessThanOrEqual(1)
  })

  test('a daemon that was held for seconds adds each of their tasks exactly once', async ({ sparky }) => {
    await sparky.json(['schedule', 'add', 'tick', 'every 1s', 'What time is it?', '--catch-up', 'all'])
    await vi.waitFor(async () => expect((await show(sparky, 'tick')).last_run).not.toBeNull(), soon)
    const pid = sparky.daemon()?.pid ?? 0
    process.kill(pid, 'SIGSTOP')
    await delay(2500)
    process.kill(pid, 'SIGCONT')
    const heldUntilMs = Date.now()
    await vi.waitFor(async () => {
      expect(Date.parse((await show(sparky, 'tick')).last_run?.at ?? '')).toBeGreaterThan(heldUntilMs)
    }, soon)
    const { created_at } = await sparky.json<Schedule>(['schedule', 'disable', 'tick'])
    const slots = (await tasksOf(sparky, 'tick')).map((task) => Date.parse(slotOf(task)))
    expect(slots.length).toBeGreaterThanOrEqual(4)
    expect(slots).toEqual(slots.map((_, nth) => Date.parse(created_at) + (nth + 1) * 1000))
  })
})

test('what a schedule keeps of the shell that added it stays in the store', async ({ sparky }) => {
  const env = { HTTPS_PROXY: 'http://user:plugh@127.0.0.1:9' }
  const run = async (args: readonly string[]): Promise<string> => {
    const { stdout, stderr, exitCode } = await sparky.run(args, { env })
    expect(exitCode, stderr).toBe(0)
    return stdout + stderr
  }
  const seen = [
    await run(['schedule', 'add', 'nightly', '0 3 * * *', 'What time is it?', '--json']),
    await run(['schedule', 'edit', 'nightly', '--cron', '0 4 * * *', '--json']),
    await run(['schedule', 'run', 'nightly', '--json']),
  ]
  await run(['agent', 'tasks', 'wait', '1'])
  // Once from memory, once from the snapshot.
  for (const restart of [true, false]) {
    seen.push(await run(['schedule', 'show', 'nightly']), await run(['schedule', 'list', '--json']))
    seen.push(await run(['agent', 'tasks', 'show', '1', '--json']))
    const events = '/events?after=0'
    for (const where of [
      '/status',
      '/schedules',
      '/schedules/nightly',
      '/groups',
      events,
      `/tasks/1${events}`,
    ])
      seen.push(JSON.stringify((await request(sparky, where)).json))
    if (restart) await run(['agent', 'restart'])
  }
  seen.push(JSON.stringify((await request(sparky, '/schedules/nightly', 'DELETE')).json), sparky.log())
  expect(seen.join('\n')).toContain('nightly')
  expect(seen.join('\n')).not.toContain('plugh')
  const store = path.join(sparky.home, 'store')
  const log = readdirSync(store).filter((name) => name.endsWith('.jsonl'))
  expect(log.map((name) => readFileSync(path.join(store, name), 'utf8')).join('')).toContain('plugh')
})
