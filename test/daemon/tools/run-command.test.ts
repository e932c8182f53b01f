import { existsSync } from 'node:fs'
import { readFile, realpath, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { runShell } from '../../../src/daemon/tools/run-shell.ts'
import { runTool } from '../../../src/daemon/tools/run-tool.ts'
import { runCommand } from '../../../src/daemon/tools/run-command.ts'
import type { ToolContext } from '../../../src/daemon/tools/tool.ts'
import type { Json } from '../../../src/protocol/task.ts'
import { testRunner } from './test-runner.ts'
import * as inProcess from './tool-context.ts'
import { newFolder } from './tool-context.ts'

let cwd: string

beforeEach(async () => {
  cwd = await newFolder()
})

/** Whether a process lives; a zombie does not. */
const lives = async (pid: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return stat !== null && !/\) Z /.test(stat)
}

const pidIn = async (name: string): Promise<number> => {
  await vi.waitUntil(() => existsSync(path.join(cwd, name)))
  return vi.waitUntil(async () => Number(await readFile(path.join(cwd, name), 'utf8')))
}

describe.each([
  ['in this process', runShell],
  ['in a runner', testRunner().run],
])('run_command %s', (_where, shell) => {
  const contextIn: typeof inProcess.contextIn = (folder, changes) =>
    inProcess.contextIn(folder, { runShell: shell, ...changes })
  const call = (command: Json, changes: Partial<ToolContext> = {}) =>
    runTool(runCommand, command, contextIn(cwd, changes))
  const run = (command: string, more: { cwd?: string; timeout_s?: number } = {}) => call({ command, ...more })

  test('returns what a command printed on both streams', async () => {
    expect(await run('echo out; echo err >&2')).toMatchObject({
      status: 'ok',
      text: expect.stringMatching(/^(out\nerr|err\nout)$/),
      details: { exit_code: 0, signal: null, timed_out: false },
    })
  })

  test('says so where nothing was printed', async () => {
    expect(await run('true')).toMatchObject({ status: 'ok', text: '(no output)' })
  })

  test('names the exit code of a command that failed', async () => {
    expect(await run('echo partly; exit 3')).toMatchObject({
      status: 'error',
      text: 'partly\n[exit code 3]',
      details: { exit_code: 3 },
    })
    expect((await run('no-such-command-here')).details).toMatchObject({ exit_code: 127 })
  })

  test('names the signal that ended it', async () => {
    expect(await run('kill -SEGV $$')).toMatchObject({
      status: 'error',
      text: '(no output)\n[ended by the signal SIGSEGV]',
      details: { exit_code: null, signal: 'SIGSEGV' },
    })
  })

  test('runs in the folder asked for, and in none outside', async () => {
    await run('mkdir sub')
    expect((await run('pwd', { cwd: 'sub' })).text).toBe(path.join(await realpath(cwd), 'sub'))
    expect(await run('pwd', { cwd: '..' })).toMatchObject({ status: 'error', details: { code: 'forbidden' } })
    expect((await run('pwd', { cwd: 'missing' })).text).toContain('missing')
  })

  test('sees only the environment of its task and an empty input', async () => {
    const environment = { PATH: process.env['PATH'] ?? '', MINE: 'yes' }
    vi.stubEnv('SPARKY_CANARY', 'secret')
    const { text } = await call({ command: 'env; cat' }, { environment })
    vi.unstubAllEnvs()
    expect(text).toContain('MINE=yes')
    expect(text).not.toContain('SPARKY_CANARY')
  })

  test('is timed out with all its processes, also those that ignore SIGTERM', async () => {
    const command = `trap '' TERM; sh -c 'trap "" TERM; echo $$ > child; while :; do sleep 1; done' & while :; do sleep 1; done`
    const settled = await run(command, { timeout_s: 1 })
    expect(settled).toMatchObject({ status: 'error', details: { timed_out: true, exit_code: null } })
    expect(settled.text).toContain('[timed out after 1 s and was ended, with all its processes]')
    expect(settled.durationMs).toBeLessThan(3_000)
    expect(await lives(await pidIn('child'))).toBe(false)
  })

  test('is interrupted by the end of its task, and keeps what it printed', async () => {
    const abort = new AbortController()
    const context = contextIn(cwd, { signal: abort.signal })
    const settling = runTool(runCommand, { command: 'echo before; echo $$ > pid; sleep 60' }, context)
    const pid = await pidIn('pid')
    const abortedAt = performance.now()
    abort.abort()
    const settled = await settling
    expect(settled).toMatchObject({ status: 'interrupted' })
    expect(settled.text).toContain('before\n[interrupted')
    expect(performance.now() - abortedAt).toBeLessThan(2_000)
    expect(await lives(pid)).toBe(false)
  })

  test('ends what it left in the background, and says so', async () => {
    const settled = await run('sleep 60 & echo $! > pid; echo done')
    expect(settled).toMatchObject({
      status: 'ok',
      text: 'done\n[processes that it left in the background were ended]',
    })
    expect(settled.durationMs).toBeLessThan(2_000)
    expect(await lives(await pidIn('pid'))).toBe(false)
  })

  test('is not held up by a process outside of its group that keeps its output open', async () => {
    const settled = await run('setsid sleep 60 & echo $! > pid; echo done')
    const pid = await pidIn('pid')
    expect(settled).toMatchObject({ status: 'ok', text: expect.stringMatching(/^done/) })
    expect(settled.durationMs).toBeLessThan(3_000)
    if (await lives(pid)) process.kill(pid, 'SIGKILL')
  })

  test('goes on while a command has closed its output and still works', async () => {
    const settled = await run('exec >&- 2>&-; sleep 0.3; touch finished; exit 4')
    expect(settled).toMatchObject({ status: 'error', details: { exit_code: 4 } })
    expect(existsSync(path.join(cwd, 'finished'))).toBe(true)
  })

  test('records the process before it settles', async () => {
    const context = contextIn(cwd)
    let recorded = false
    const started = async (process: { pid: number; startTicks: string | null }): Promise<void> => {
      await context.started(process)
      await vi.waitUntil(async () => !(await lives(process.pid)))
      recorded = true
    }
    const settled = await runTool(runCommand, { command: 'echo $$' }, { ...context, started })
    expect(recorded).toBe(true)
    expect(context.processes).toEqual([
      { pid: Number(settled.text), startTicks: expect.stringMatching(/^\d+$/) },
    ])
  })

  test('is ended where its start could not be recorded', async () => {
    const started = (): Promise<void> => Promise.reject(new Error('the disk is full'))
    const settled = await call({ command: 'echo $$ > pid; sleep 60' }, { started })
    expect(settled).toMatchObject({ status: 'error', text: 'the disk is full' })
    const pid = existsSync(path.join(cwd, 'pid')) ? Number(await readFile(path.join(cwd, 'pid'), 'utf8')) : 0
    expect(pid !== 0 && (await lives(pid))).toBe(false)
  })

  test('shows its output while it runs', async () => {
    const context = contextIn(cwd)
    const settling = runTool(
      runCommand,
      { command: 'echo early; until [ -e go ]; do sleep 0.02; done; echo late' },
      context,
    )
    await vi.waitUntil(() => context.shown.join('') === 'early\n')
    await writeFile(path.join(cwd, 'go'), '')
    await settling
    expect(context.shown.join('')).toBe('early\nlate\n')
  })
})
