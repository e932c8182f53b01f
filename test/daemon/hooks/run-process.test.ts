import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { isAlive } from '../../../src/client/process-alive.ts'
import { runProcess, type ProcessRun } from '../../../src/daemon/hooks/run-process.ts'
import { temporaryFolder } from '../../support/store-fixtures.ts'

const environment = { PATH: process.env['PATH'] ?? '' }

const shell = (
  command: string,
  { cwd = temporaryFolder(), input = '{}\n', timeoutMs = 10_000, signal = new AbortController().signal } = {},
): Promise<ProcessRun> => runProcess({ run: { shell: command }, cwd, environment, input, timeoutMs }, signal)

describe('a command', () => {
  it('has its input, its folder and no more of an environment than it is given', async () => {
    const cwd = temporaryFolder()
    const run = await shell('cat; pwd; env', { cwd, input: '{"id":1}\n' })
    expect(run).toMatchObject({ failure: null, stderr: '' })
    const [input, folder, ...variables] = run.stdout.trim().split('\n')
    expect([input, folder]).toEqual(['{"id":1}', cwd])
    const names = variables.map((line) => line.split('=')[0])
    expect(names.filter((name) => !['PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name ?? ''))).toEqual([])
  })

  it('need not read its input, however long it is', async () => {
    const input = 'x'.repeat(5 * 1024 * 1024)
    expect(await shell('exit 0', { input })).toMatchObject({ failure: null })
    expect(await shell('exec <&-; sleep 0.1', { input })).toMatchObject({ failure: null })
  })

  it('that fails says how, with the last line of its complaint made harmless', async () => {
    const run = await shell(`printf 'first\\nno \\033[31mluck\\n' >&2; exit 3`)
    expect(run.failure).toBe('exit code 3: no ␛[31mluck')
    expect((await shell('kill -9 $$')).failure).toBe('ended by SIGKILL')
  })

  it('that is not there says so', async () => {
    expect((await shell('no-such-program-here')).failure).toMatch(/^exit code 127: .*no-such-program-here/)
    const run = await runProcess(
      {
        run: { program: '/no/such/program', args: [] },
        cwd: '/',
        environment,
        input: '',
        timeoutMs: 1000,
      },
      new AbortController().signal,
    )
    expect(run.failure).toMatch(/^it could not be started: .*ENOENT/)
  })

  it('that hangs is ended in time with all that it started, also what ignores SIGTERM', async () => {
    const cwd = temporaryFolder()
    const run = await shell(`trap '' TERM; sleep 300 & echo $! > child; wait; wait`, { cwd, timeoutMs: 300 })
    expect(run.failure).toBe('it took longer than 0.3 s and was ended, with all its processes')
    const child = Number(readFileSync(path.join(cwd, 'child'), 'utf8'))
    await vi.waitFor(() => expect(isAlive(child)).toBe(false))
  })

  it('that floods both its outputs is read on, and head and tail are kept', async () => {
    const run = await shell(
      `head -c 20000000 /dev/zero | tr '\\0' x; head -c 20000000 /dev/zero >&2; echo end`,
    )
    expect(run.failure).toBeNull()
    expect(run.stdout).toMatch(/^x+\n\[… [\d,]+ bytes of output left out here …\]\nx+end\n$/)
    expect(run.stdout.length).toBeLessThan(10_000)
    expect(run.stderr.length).toBeLessThan(10_000)
  })

  it('is over when it exits: what it leaves in the background goes on, and may print', async () => {
    const cwd = temporaryFolder()
    const startedAt = performance.now()
    const run = await shell(
      '(while [ ! -e go ]; do sleep 0.02; echo still here; done; echo x > done) & exit 0',
      {
        cwd,
      },
    )
    expect(run.failure).toBeNull()
    expect(performance.now() - startedAt).toBeLessThan(5000)
    expect(existsSync(path.join(cwd, 'done'))).toBe(false)
    await shell('touch go', { cwd })
    await vi.waitFor(() => expect(existsSync(path.join(cwd, 'done'))).toBe(true), { timeout: 5000 })
  })

  it('is ended with its group where the signal says so', async () => {
    const abort = new AbortController()
    const cwd = temporaryFolder()
    const running = shell('sleep 300 & echo $! > child.tmp; mv child.tmp child; wait', {
      cwd,
      signal: abort.signal,
    })
    await vi.waitFor(() => expect(existsSync(path.join(cwd, 'child'))).toBe(true), { timeout: 5000 })
    abort.abort()
    expect((await running).failure).toBe('it was ended, with all its processes')
    const child = Number(readFileSync(path.join(cwd, 'child'), 'utf8'))
    await vi.waitFor(() => expect(isAlive(child)).toBe(false))
  })
})
