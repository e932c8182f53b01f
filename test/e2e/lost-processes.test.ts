import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Task } from '../../src/protocol/task.ts'
import { expectHonest, ofType, request } from '../support/honest-log.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const bin = path.join(import.meta.dirname, '../../bin/sparky.js')
const soon = { timeout: 10_000, interval: 20 }

const twoCommands = [
  'Run the command: echo $$ > pid; while [ ! -e go ]; do sleep 0.02; done; echo one >> tally',
  'Run the command: echo two >> tally',
].join('\n')

const textOf = (sparky: Sparky, name: string): string => {
  const file = path.join(sparky.work, name)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const letGo = (sparky: Sparky): void => writeFileSync(path.join(sparky.work, 'go'), '')

/**
 * Adds the task; resolves with the processes that take part, once its first command runs and that is on disk: a command
 * can be quicker than the word of its start, which is what it is ended by where its runner is lost.
 */
const startCommand = async (sparky: Sparky): Promise<{ daemon: number; runner: number; command: number }> => {
  await sparky.add(twoCommands)
  await vi.waitFor(() => expect(textOf(sparky, 'pid')).toMatch(/\d\n/), soon)
  const command = Number(textOf(sparky, 'pid'))
  await vi.waitFor(async () => {
    const { progress } = await taskOne(sparky)
    expect(progress.note).toContain(`runs as process ${command}`)
  }, soon)
  return { daemon: sparky.daemon()?.pid ?? 0, runner: parentOf(command), command }
}

const taskOne = async (sparky: Sparky): Promise<Task> =>
  (await (await request(sparky, '/api/v1/tasks/1')).json()) as Task

const parentOf = (pid: number): number =>
  Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])

const resultsOf = async (sparky: Sparky): Promise<string[]> => {
  const events = await sparky.events(1)
  expectHonest(events)
  return ofType(events, 'tool_result').map(({ data }) => data.status)
}

test('a runner that is killed in the middle of a command: the command ends, the task is told, the next one runs', async () => {
  const sparky = newSparky()
  const { runner, command } = await startCommand(sparky)
  process.kill(runner, 'SIGKILL')
  await vi.waitFor(() => expect(isAlive(command)).toBe(false), { timeout: 15_000, interval: 20 })
  expect(await sparky.run(['agent', 'tasks', 'wait', '1'])).toMatchObject({ exitCode: 0 })
  expect(await resultsOf(sparky)).toEqual(['error', 'ok'])
  expect(textOf(sparky, 'tally')).toBe('two\n')
})

test('a command that the system kills, as it does when memory runs out, is told as that', async () => {
  const sparky = newSparky()
  const { command } = await startCommand(sparky)
  process.kill(-command, 'SIGKILL')
  expect(await sparky.run(['agent', 'tasks', 'wait', '1'])).toMatchObject({ exitCode: 0 })
  expect(await resultsOf(sparky)).toEqual(['error', 'ok'])
  const [result] = ofType(await sparky.events(1), 'tool_result')
  expect(result?.data.result).toContain('SIGKILL')
})

/** Longer than a heartbeat or a lock look would need to do harm at this scale; by hand it was a minute. */
const stoppedMs = 3000

test.each(['daemon', 'runner'] as const)(
  'a %s that is stopped for a while and goes on: clients wait, nothing is lost, nothing runs twice',
  async (which) => {
    const sparky = newSparky()
    const pids = await startCommand(sparky)
    const waiting = sparky.spawn(['agent', 'tasks', 'wait', '1'])
    const watching = sparky.spawn(['watch', '--json', '1'])
    await vi.waitFor(async () => {
      const { sessions } = (await (await request(sparky, '/api/v1/status')).json()) as { sessions: number }
      expect(sessions).toBe(1)
    }, soon)
    process.kill(pids[which], 'SIGSTOP')
    letGo(sparky)
    const adding = sparky.spawn(['agent', 'tasks', 'add', 'List files'])
    const rival = sparky.spawn(['agent', 'start'], { timeoutMs: 20_000 })
    await delay(stoppedMs)
    expect(isAlive(pids.daemon)).toBe(true)
    process.kill(pids[which], 'SIGCONT')
    expect((await Promise.all([adding, rival, waiting, watching])).map(({ exitCode }) => exitCode)).toEqual([
      0, 0, 0, 0,
    ])
    expect(sparky.daemon()?.pid).toBe(pids.daemon)
    expect(await resultsOf(sparky)).toEqual(['ok', 'ok'])
    expect(textOf(sparky, 'tally')).toBe('one\ntwo\n')
    const seen = (await watching).stdout.trim().split('\n')
    expect(seen).toEqual((await sparky.events(1)).map((event) => JSON.stringify(event)))
  },
)

test('a client that is stopped while its task ends sees all of it when it goes on', async () => {
  const sparky = newSparky()
  await startCommand(sparky)
  const watching = sparky.spawn(['watch', '--json', '1'])
  const waiting = sparky.spawn(['agent', 'tasks', 'wait', '1'])
  let printed = ''
  watching.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await vi.waitFor(() => expect(printed).toContain('runs as process'), soon)
  for (const { pid = 0 } of [watching, waiting]) process.kill(pid, 'SIGSTOP')
  letGo(sparky)
  await vi.waitFor(async () => {
    expect((await taskOne(sparky)).status).toBe('completed')
  }, soon)
  for (const { pid = 0 } of [watching, waiting]) process.kill(pid, 'SIGCONT')
  expect(await waiting).toMatchObject({ exitCode: 0 })
  expect(await watching).toMatchObject({ exitCode: 0 })
  expect(printed.trim().split('\n')).toEqual((await sparky.events(1)).map((event) => JSON.stringify(event)))
})

test.each(['SIGTERM', 'SIGHUP'] as const)(
  '%s to all that a terminal started ends a run, and neither the daemon that it started nor the task',
  async (signal) => {
    const sparky = newSparky()
    const run = spawn(process.execPath, [bin, 'run', twoCommands], {
      cwd: sparky.work,
      env: { ...sparky.env },
      detached: true,
      stdio: 'ignore',
    })
    const ended = once(run, 'exit')
    await vi.waitFor(() => expect(textOf(sparky, 'pid')).toMatch(/\d\n/), soon)
    process.kill(-(run.pid ?? 0), signal)
    await ended
    letGo(sparky)
    expect(await sparky.run(['agent', 'tasks', 'wait', '1'])).toMatchObject({ exitCode: 0 })
    expect(await resultsOf(sparky)).toEqual(['ok', 'ok'])
  },
)
