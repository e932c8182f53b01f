import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Why } from '../../src/protocol/api.ts'
import type { Task } from '../../src/protocol/task.ts'
import { foldByContract } from '../support/contract-fold.ts'
import { expectHonest, ofType, request } from '../support/honest-log.ts'
import type { ScriptedReply } from '../support/model-server.ts'
import { fakeTimeLibrary, movableClock } from '../support/movable-clock.ts'
import { homeWith } from '../support/provider-home.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 20_000, interval: 20 }
const tasks = ['agent', 'tasks'] as const

/** How often a daemon has taken up a changed configuration. */
const applied = (sparky: Sparky): number => sparky.log().split('Configuration applied').length - 1

const show = (sparky: Sparky, number: number): Promise<Task> => sparky.task(number)

const inStatus = (sparky: Sparky, number: number, status: Task['status']): Promise<Task> =>
  vi.waitFor(async () => {
    const task = (await (await request(sparky, `/api/v1/tasks/${number}`)).json()) as Task
    expect(task).toMatchObject({ status })
    return task
  }, soon)

const command = (text: string): ScriptedReply => ({
  calls: [{ name: 'run_command', args: { command: text } }],
})
const limited = (seconds: number): ScriptedReply => ({
  httpStatus: 429,
  headers: { 'retry-after': String(seconds) },
  message: 'slow down',
})

describe('a rate limit of more than a minute', () => {
  test('parks the task, and its slot is another one’s; kill -9 changes nothing; it can be cancelled', async () => {
    const { sparky } = await homeWith('openai', ({ text }) =>
      text.includes('Strike') ? limited(90) : { text: 'It is done.' },
    )
    sparky.configure({ concurrency: 1 })
    await sparky.add('Strike the bell')
    const waiting = await inStatus(sparky, 1, 'waiting')
    expect(waiting).toMatchObject({ attempt: 1, waiting_for: { kind: 'rate_limit', approval_id: null } })
    const { until } = waiting.waiting_for ?? {}
    const inMs = Date.parse(until ?? '') - Date.now()
    expect(inMs).toBeGreaterThan(60_000)
    expect(inMs).toBeLessThanOrEqual(90_000)
    await sparky.add('Say something')
    await inStatus(sparky, 2, 'completed')

    const why = await sparky.json<Why>([...tasks, 'why', '1'])
    expect(why.reasons).toEqual([{ code: 'rate_limit', message: `it waits for: rate limit, until ${until}` }])
    expect((await sparky.run([...tasks, 'show', '1'])).stdout).toMatch(/waiting {2}rate limit until \S+/)

    await sparky.killDaemon()
    await sparky.start()
    expect(await show(sparky, 1)).toMatchObject({ status: 'waiting', waiting_for: { until } })
    await sparky.json([...tasks, 'cancel', '1'])
    expect(await show(sparky, 1)).toMatchObject({ status: 'cancelled', attempts: [{ status: 'cancelled' }] })
    expectHonest(await sparky.events(1))
  })

  test.skipIf(fakeTimeLibrary === undefined)(
    'is over when its time has come: the task goes on after its last finished step, while run waits for it',
    async () => {
      const clock = movableClock()
      const { sparky, server } = await homeWith(
        'openai',
        [command('echo struck >> tally'), limited(3600), { text: 'The bell rang.' }],
        () => clock.env,
      )
      sparky.configure({ poll_interval: 0.2 })
      const run = sparky.spawn(['run', 'Strike the bell'])
      await inStatus(sparky, 1, 'waiting')
      clock.setAheadMs(3_601_000)
      const { exitCode, stdout, stderr } = await run
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'The bell rang.' })
      expect(stderr).toMatch(/status {4}Waiting until \S+, as the provider asks: .*slow down/)
      expect(sparky.linesOf('tally')).toEqual(['struck'])
      expect(server.requests).toHaveLength(3)
      const events = await sparky.events(1)
      expectHonest(events)
      expect(ofType(events, 'status').map(({ data }) => data.status)).toEqual([
        'in_progress',
        'waiting',
        'pending',
        'in_progress',
        'completed',
      ])
      expect((await show(sparky, 1)).attempts).toMatchObject([{ number: 1, status: 'completed', step: 2 }])
    },
  )
})

describe('an attempt that fails', () => {
  test('is tried again by its class, after its last finished step, and is shown beside the others', async () => {
    const { sparky } = await homeWith('openai', [
      command('echo struck >> tally'),
      { calls: [{ name: 'run_command', args: { command: 'echo begun >> tally; sleep 600' } }] },
      { text: 'The bell rang.' },
    ])
    sparky.configure({ 'retries.timeout.attempts': 2, 'retries.timeout.first_s': 0.2 })
    const { exitCode, stderr } = await sparky.run(['run', '--timeout', '1.5', 'Strike the bell'])
    expect(exitCode, stderr).toBe(0)
    expect(stderr).toContain('Attempt 1 of 2 failed: the limit of 1.5 s for one attempt is used up')
    expect(sparky.linesOf('tally')).toEqual(['struck', 'begun'])
    expect(await show(sparky, 1)).toMatchObject({
      status: 'completed',
      attempt: 2,
      max_attempts: 2,
      attempts: [
        { number: 1, status: 'failed', error: { code: 'limit_time' }, step: 2 },
        { number: 2, status: 'completed', error: null, step: 3 },
      ],
    })
    const events = await sparky.events(1)
    expectHonest(events)
    expect([...foldByContract(events).values()]).toEqual([await show(sparky, 1)])
    expect(ofType(events, 'status').map(({ attempt, data }) => [attempt, data.status])).toEqual([
      [1, 'in_progress'],
      [1, 'pending'],
      [2, 'in_progress'],
      [2, 'completed'],
    ])
    expect(ofType(events, 'tool_result').map(({ data }) => data.status)).toEqual(['ok', 'interrupted'])
    const { stdout } = await sparky.run([...tasks, 'show', '1'])
    expect(stdout).toMatch(/1 {2}✗ failed .*, step 2 {2}limit_time: .*\n {2}2 {2}✓ completed .*, step 3/)
  })

  test('whose time is up for good exits with 7', async () => {
    const { sparky } = await homeWith('openai', [command('sleep 600')])
    expect(await sparky.run(['run', '--timeout', '0.5', 'Sleep'])).toMatchObject({ exitCode: 7 })
  })

  test('of an outage is tried as often as --attempts says, and ends with the last error', async () => {
    let outages = 0
    const { sparky } = await homeWith('openai', () => {
      outages += 1
      // More than one call's own tries would take too long: this is what a call does not try again.
      return { httpStatus: 503, headers: { 'retry-after': '0' }, message: `outage ${Math.ceil(outages / 5)}` }
    })
    sparky.configure({ 'retries.provider.first_s': 0.2 })
    const { exitCode } = await sparky.run(['run', '--attempts', '2', 'Greet'])
    expect(exitCode).toBe(1)
    const task = await show(sparky, 1)
    expect(task.error?.message).toContain('outage 2')
    expect(task.attempts.map(({ error }) => error?.message.includes('outage 1'))).toEqual([true, false])
  })
})

describe('an attempt from which nothing comes', () => {
  test('of a model is ended and tried again', async () => {
    const { sparky, server } = await homeWith('openai', [
      command('echo struck >> tally'),
      { text: 'The bell', stallAfterBytes: 40 },
      { text: 'The bell rang.' },
    ])
    sparky.configure({ stall_timeout_s: 1, 'retries.stalled.first_s': 0.2 })
    const { exitCode, stdout, stderr } = await sparky.run(['run', 'Strike the bell'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'The bell rang.' })
    expect(stderr).toContain('Attempt 1 of 3 failed: nothing has come from the model for 1 s')
    expect(sparky.linesOf('tally')).toEqual(['struck'])
    expect(server.requests[1]?.aborted).toBe(true)
    expect(await show(sparky, 1)).toMatchObject({ attempt: 2, max_attempts: 3 })
  })

  test('of a command is ended with all its processes', async () => {
    const { sparky } = await homeWith('openai', [
      command('(sleep 600 & echo $! > child; wait)'),
      { text: 'It slept.' },
    ])
    sparky.configure({ stall_timeout_s: 0.6, 'retries.stalled.first_s': 0.2 })
    expect(await sparky.run(['run', 'Sleep'])).toMatchObject({ exitCode: 0, stdout: 'It slept.' })
    const child = Number(readFileSync(path.join(sparky.work, 'child'), 'utf8'))
    await vi.waitFor(() => expect(isAlive(child)).toBe(false), { timeout: 2000, interval: 20 })
    const { attempts } = await show(sparky, 1)
    expect(attempts[0]?.error).toMatchObject({
      code: 'stalled',
      message: expect.stringContaining('nothing has come from run_command for 0.6 s'),
    })
  })

  test('is not one of a daemon that stood still for longer than that', async () => {
    let answer = (): void => {}
    const answered = new Promise<void>((resolve) => (answer = resolve))
    const { sparky, server } = await homeWith('openai', [{ text: 'Awake.', after: answered }])
    sparky.configure({ stall_timeout_s: 2 })
    await sparky.add('Wait for it')
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), soon)
    const { pid = 0 } = sparky.daemon() ?? {}
    process.kill(pid, 'SIGSTOP')
    answer()
    await new Promise((resolve) => setTimeout(resolve, 4000))
    process.kill(pid, 'SIGCONT')
    expect(await inStatus(sparky, 1, 'completed')).toMatchObject({ attempt: 1 })
  })

  test('is not one that speaks now and then for longer than that', async () => {
    const { sparky } = await homeWith('openai', [
      command('for n in 1 2 3 4 5 6; do echo $n; sleep 0.3; done'),
      { text: 'It spoke.' },
    ])
    sparky.configure({ stall_timeout_s: 1 })
    expect(await sparky.run(['run', 'Speak'])).toMatchObject({ exitCode: 0 })
    expect(await show(sparky, 1)).toMatchObject({ attempt: 1 })
  })
})

describe('a daily budget', () => {
  test('that is used up parks a task in its middle, keeps others from starting, and lets all go on when raised', async () => {
    const { sparky } = await homeWith('openai', ({ text }) =>
      text.includes('struck') ? { text: 'The bell rang.' } : command('echo struck >> tally; echo struck'),
    )
    sparky.configure({ 'budget.daily_steps': 1 })
    await sparky.add('Strike the bell')
    const waiting = await inStatus(sparky, 1, 'waiting')
    const midnight = new Date()
    midnight.setHours(24, 0, 0, 0)
    expect(waiting.waiting_for).toEqual({
      kind: 'budget',
      until: midnight.toISOString(),
      approval_id: null,
    })
    await sparky.add('Strike again')
    const why = await sparky.json<Why>([...tasks, 'why', '2'])
    expect(why.reasons).toEqual([
      {
        code: 'budget',
        message: 'the daily budget of 1 step is used up (1 used today); budget.daily_steps raises it',
      },
    ])
    // What was used is known after a kill, too.
    await sparky.killDaemon()
    await sparky.start()
    expect((await sparky.json<Why>([...tasks, 'why', '2'])).reasons).toEqual(why.reasons)
    expect(await show(sparky, 1)).toMatchObject({ status: 'waiting' })
    sparky.configure({ 'budget.daily_steps': 100 })
    expect(await sparky.run([...tasks, 'wait', '1', '2', '--timeout', '20'])).toMatchObject({ exitCode: 0 })
    expect(sparky.linesOf('tally')).toEqual(['struck', 'struck'])
    expect(await show(sparky, 1)).toMatchObject({ attempt: 1, usage: { model_calls: 2 } })
    expect([...foldByContract(await sparky.events(1)).values()]).toEqual([await show(sparky, 1)])
  })

  test.skipIf(fakeTimeLibrary === undefined)('of a group is given again the next day', async () => {
    const tomorrow = new Date()
    tomorrow.setHours(24, 0, 0, 0)
    const clock = movableClock()
    const { sparky } = await homeWith(
      'openai',
      ({ text }) => (text.includes('Strike') ? { text: 'The bell rang.' } : { text: 'Hello.' }),
      () => clock.env,
    )
    sparky.configure({ 'groups.night.budget.daily_tokens': 100, poll_interval: 0.2 })
    await sparky.add('Strike', ['--group', 'night'])
    await inStatus(sparky, 1, 'completed')
    await sparky.add('Strike again', ['--group', 'night'])
    await sparky.add('Greet')
    await inStatus(sparky, 3, 'completed')
    // A removed task has used what it used, also after a kill.
    await sparky.json([...tasks, 'remove', '1'])
    await sparky.killDaemon()
    await sparky.start()
    const { reasons } = await sparky.json<Why>([...tasks, 'why', '2'])
    expect(reasons).toMatchObject([{ code: 'budget', message: expect.stringContaining('120 used today') }])
    clock.setAheadMs(tomorrow.getTime() - Date.now() + 1000)
    await inStatus(sparky, 2, 'completed')
  })

  test('counts each call once, whatever kills the daemon and whatever is removed', async () => {
    const sparky = newSparky()
    sparky.configure({ 'budget.daily_tokens': 1_000_000_000 })
    const steps = Array.from({ length: 8 }, (_, nth) => `Run the command: echo ${nth} >> tally`).join('\n')
    await sparky.add('List files')
    await inStatus(sparky, 1, 'completed')
    await sparky.json([...tasks, 'remove', '1'])
    await sparky.add(steps)
    for (const lines of [2, 3, 5]) {
      await vi.waitFor(() => expect(sparky.linesOf('tally').length).toBeGreaterThanOrEqual(lines), soon)
      await sparky.killDaemon()
      await sparky.start()
    }
    await inStatus(sparky, 2, 'completed')
    const { model_calls } = (await show(sparky, 2)).usage
    const removed = 2
    const times = applied(sparky)
    sparky.configure({ 'budget.daily_steps': 1 })
    await vi.waitFor(() => expect(applied(sparky)).toBeGreaterThan(times), soon)
    await sparky.add('List files')
    const why = await vi.waitFor(async () => {
      const found = await sparky.json<Why>([...tasks, 'why', '3'])
      expect(found.reasons).toHaveLength(1)
      return found
    }, soon)
    expect(why.reasons[0]?.message).toContain(`(${model_calls + removed} used today)`)
  })

  test('of money refuses a model whose price is not known', async () => {
    const { sparky, server } = await homeWith('google', [])
    sparky.configure({ 'budget.daily_usd': 5 })
    const { exitCode, stderr } = await sparky.run(['run', 'Greet'])
    expect(exitCode).toBe(7)
    expect(stderr).toContain(
      'the daily budget of $5 cannot be kept, because the price of this model is not known',
    )
    expect(server.requests).toHaveLength(0)
  })
})
