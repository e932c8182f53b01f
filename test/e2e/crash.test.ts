import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Event } from '../../src/protocol/event.ts'
import { everyEvent, expectHonest, expectInOrder, ofType } from '../support/honest-log.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 15_000, interval: 10 }
const tasks = ['agent', 'tasks'] as const

const threeSteps = [
  'Run the command: echo one >> tally',
  'Run the command: echo two >> tally; echo $$ > pid; while :; do sleep 0.05; done',
  'Run the command: echo three >> tally',
].join('\n')

/** Adds a task whose second command never ends by itself; resolves with that command's pid when its start is on disk. */
const startSteps = async (sparky: Sparky): Promise<number> => {
  await sparky.add(threeSteps)
  return vi.waitFor(() => {
    const pid = Number(sparky.linesOf('pid')[0])
    expect(pid).toBeGreaterThan(1)
    // A command can be quicker than the word of its start.
    expect(openSegmentOf(sparky)).toContain(`runs as process ${pid}`)
    return pid
  }, soon)
}

const openSegmentOf = ({ home }: Sparky): string => {
  const store = path.join(home, 'store')
  const name = readdirSync(store).findLast((file) => /^events-.*\.jsonl$/.test(file)) ?? ''
  return readFileSync(path.join(store, name), 'utf8')
}

test('after kill -9 in the middle of a command its task goes on by itself, and no call is repeated', async () => {
  const sparky = newSparky()
  const orphan = await startSteps(sparky)
  await sparky.killDaemon()
  await vi.waitFor(() => expect(isAlive(orphan)).toBe(false), { timeout: 2000, interval: 10 })

  await sparky.start()
  expect(await sparky.run([...tasks, 'wait', '1', '--timeout', '30'])).toMatchObject({ exitCode: 0 })
  expect(sparky.linesOf('tally')).toEqual(['one', 'two', 'three'])
  const events = await sparky.events(1)
  expectHonest(events)
  expect(ofType(events, 'tool_result').map(({ data }) => data.status)).toEqual(['ok', 'interrupted', 'ok'])
  expect(ofType(events, 'status').map(({ data }) => data.status)).toEqual([
    'in_progress',
    'pending',
    'in_progress',
    'completed',
  ])
  expect(new Set(events.slice(1).map(({ attempt }) => attempt))).toEqual(new Set([1]))
  expectInOrder(await everyEvent(sparky))
})

test('a command that is left when daemon and runner are killed ends with the next start', async () => {
  const sparky = newSparky()
  const orphan = await startSteps(sparky)
  const runner = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${orphan}/stat`, 'utf8'))?.[1])
  expect(runner).not.toBe(sparky.daemon()?.pid)
  // Stopped first, so that it does not see the daemon go.
  process.kill(runner, 'SIGSTOP')
  await sparky.killDaemon()
  process.kill(runner, 'SIGKILL')
  expect(isAlive(orphan)).toBe(true)
  await sparky.start()
  expect(isAlive(orphan)).toBe(false)
})

test('a task that is cancelled after kill -9 leaves no call without a result and no process', async () => {
  const sparky = newSparky()
  const orphan = await startSteps(sparky)
  await sparky.json(['agent', 'pause'])
  await sparky.killDaemon()
  expect(await sparky.json([...tasks, 'cancel', '1'])).toMatchObject({ status: 'cancelled' })
  await vi.waitFor(() => expect(isAlive(orphan)).toBe(false), { timeout: 2000, interval: 10 })
  expectHonest(await sparky.events(1))
  expect(sparky.linesOf('tally')).toEqual(['one', 'two'])
})

test('who follows a task sees it to its end over kill -9 and a new start', async () => {
  const sparky = newSparky()
  const following = sparky.spawn(['run', '--events', threeSteps])
  await vi.waitFor(() => expect(sparky.linesOf('pid')).toHaveLength(1), soon)
  await sparky.killDaemon()
  await sparky.start()
  const { exitCode, stdout } = await following
  expect(exitCode).toBe(0)
  const seen = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  expect(seen).toEqual(await sparky.events(1))
})

test('a torn tail of the log is cut, kept and said; nothing before it is lost', async () => {
  const sparky = newSparky()
  await sparky.json(['run', 'List files'])
  const before = await everyEvent(sparky)
  await sparky.killDaemon()
  const store = path.join(sparky.home, 'store')
  const segment = readdirSync(store).findLast((name) => name.startsWith('events-')) ?? ''
  appendFileSync(path.join(store, segment), `{"v":1,"seq":${before.length + 1},"ts":"2026-11-`)
  await sparky.start()
  expect(sparky.log()).toMatch(/"level":"warn".*(torn|cut)/)
  expect(await everyEvent(sparky)).toEqual(before)
  await sparky.json(['run', 'List files'])
  expectInOrder(await everyEvent(sparky))
})

test('damage in the middle of the log stops the start with store_damaged, and changes nothing', async () => {
  const sparky = newSparky()
  await sparky.json(['run', 'List files'])
  await sparky.json(['run', 'List files'])
  await sparky.killDaemon()
  const store = path.join(sparky.home, 'store')
  const segment = path.join(store, readdirSync(store).find((name) => name.startsWith('events-')) ?? '')
  const whole = readFileSync(segment, 'utf8')
  const spoilt = whole.replace('"Task starting..."', '"Task startinG..."')
  writeFileSync(segment, spoilt)
  for (const args of [
    ['agent', 'start'],
    ['agent', 'start', '--foreground'],
    [...tasks, 'add', 'List files'],
  ]) {
    const { exitCode, stdout, stderr } = await sparky.run([...args, '--json'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'store_damaged' } })
  }
  expect(readFileSync(segment, 'utf8')).toBe(spoilt)
  writeFileSync(segment, whole)
  expect(await sparky.json(['agent', 'start'])).toMatchObject({ tasks: { completed: 2 } })
})
