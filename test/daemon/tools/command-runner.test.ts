import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { isAlive } from '../../../src/client/process-alive.ts'
import type { ShellRun } from '../../../src/daemon/tools/shell.ts'
import type { StartedProcess, ToolContext } from '../../../src/daemon/tools/tool.ts'
import { testRunner } from './test-runner.ts'
import { contextIn, newFolder } from './tool-context.ts'

const soon = { timeout: 5_000, interval: 10 }
const idleMs = 300
const runner = testRunner({ idleMs })
let cwd: string

beforeEach(async () => {
  cwd = await newFolder()
})

const run = (command: string, changes: Partial<ToolContext> = {}): Promise<ShellRun> => {
  const context = contextIn(cwd, changes)
  return runner.run({ command, cwd: context.cwd, timeoutMs: 60_000 }, context)
}

/** The process that commands are children of. */
const runnerPid = async (): Promise<number> => Number((await run('echo $PPID')).output)

const numberIn = (name: string): Promise<number> =>
  vi.waitUntil(() => {
    const file = path.join(cwd, name)
    return existsSync(file) && Number(readFileSync(file, 'utf8'))
  }, soon)

const gone = (pid: number): Promise<void> => vi.waitFor(() => expect(isAlive(pid)).toBe(false), soon)

test('runs all commands in one process that is not this one, and small', async () => {
  const pids = await Promise.all([runnerPid(), runnerPid(), runnerPid()])
  expect(new Set(pids).size).toBe(1)
  expect(pids[0]).not.toBe(process.pid)
  const status = readFileSync(`/proc/${pids[0]}/status`, 'utf8')
  expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024).toBeLessThan(90)
})

test('keeps many commands at once apart: each has its own folder, environment and output', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `n${index} "€$HOME'\n`)
  const runs = names.map(async (name, index) => {
    const folder = path.join(cwd, `folder ${index}`)
    await mkdir(folder)
    const environment = { PATH: process.env['PATH'] ?? '', NAME: name }
    const { output } = await run('sleep 0.1; pwd; printf %s "$NAME"; env | grep -c .', {
      cwd: folder,
      environment,
    })
    return output.startsWith(`${folder}\n${name}`)
  })
  expect(await Promise.all(runs)).toEqual(names.map(() => true))
})

test('hands a command nothing of the environment of the daemon or the runner', async () => {
  const { output } = await run('/usr/bin/env', { environment: { ONLY: 'this' } })
  expect(output.split('\n').filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual(['ONLY=this', ''])
  const runnerEnvironment = await run('tr "\\0" "\\n" < /proc/$PPID/environ | grep -v ^NODE_CHANNEL_')
  expect(runnerEnvironment.output).toBe('')
})

test('a command whose runner is killed fails, with all its processes ended; the next one runs', async () => {
  const before = await runnerPid()
  const begun: StartedProcess[] = []
  const failing = run('sleep 60 & echo $! > child; echo $$ > pid; wait', {
    started: async (process) => void begun.push(process),
  })
  const [pid, child] = [await numberIn('pid'), await numberIn('child')]
  // A command can be quicker than the word of its start.
  await vi.waitUntil(() => begun.length > 0, soon)
  process.kill(before, 'SIGKILL')
  await expect(failing).rejects.toMatchObject({
    code: 'tool_failed',
    message: expect.stringContaining('gone away'),
  })
  await Promise.all([gone(pid), gone(child)])
  expect(await runnerPid()).not.toBe(before)
})

test('signals to the runner do not end its commands', async () => {
  const pid = await runnerPid()
  const running = run('echo $$ > pid; until [ -e go ]; do sleep 0.02; done; echo whole')
  await numberIn('pid')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.kill(pid, signal)
  await run('touch go')
  expect((await running).output).toBe('whole\n')
})

test('a runner that has nothing to run goes away, and comes back with the next command', async () => {
  const pid = await runnerPid()
  await gone(pid)
  expect(await runnerPid()).not.toBe(pid)
})

test('a command that cannot be started says why, and the runner goes on', async () => {
  await expect(run('true', { cwd: path.join(cwd, 'missing') })).rejects.toMatchObject({
    code: 'tool_failed',
    message: `the command could not be started: there is no folder ${path.join(cwd, 'missing')}`,
  })
  await expect(run('true', { environment: { LARGE: 'x'.repeat(4_000_000) } })).rejects.toMatchObject({
    code: 'tool_failed',
    message: expect.stringContaining('E2BIG'),
  })
  expect((await run('echo fine')).output).toBe('fine\n')
})
