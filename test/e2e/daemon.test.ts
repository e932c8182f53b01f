import { execa } from 'execa'
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import type { DaemonStatus } from '../../src/protocol/daemon-status.ts'
import type { Why } from '../../src/protocol/api.ts'
import { taskStatuses } from '../../src/protocol/status.ts'
import type { Task } from '../../src/protocol/task.ts'
import { isAlive } from '../../src/client/process-alive.ts'
import { newSparky } from '../support/sparky.ts'

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string }
const bin = path.join(import.meta.dirname, '../../bin/sparky.js')

test('start says where it listens once it answers, status tells all that the contract names, stop ends it', async () => {
  const sparky = newSparky()
  const before = await sparky.run(['agent', 'status', '--json'])
  expect(before).toMatchObject({ exitCode: 3, stderr: '' })
  expect(JSON.parse(before.stdout)).toEqual({ running: false })

  const started = await sparky.run(['agent', 'start'])
  expect(started).toMatchObject({ exitCode: 0, stderr: '' })
  const { pid = 0, url = '' } = sparky.daemon() ?? {}
  expect(started.stdout).toContain(url)
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok', version })

  const status = await sparky.json<DaemonStatus>(['agent', 'status'])
  expect(status).toMatchObject({
    running: true,
    pid,
    url,
    version,
    agent_loop: true,
    model: 'offline/demo',
    concurrency: 2,
    paused: false,
    sessions: 0,
    home: sparky.home,
    tasks: Object.fromEntries(taskStatuses.map((name) => [name, 0])),
  })
  expect(status.uptime_s).toBeLessThan(60)
  expect(Date.parse(status.started_at)).toBeLessThanOrEqual(Date.now())
  expect(Date.parse(status.last_heartbeat ?? '')).toBeLessThanOrEqual(Date.now())
  expect(status.store).toMatchObject({ kind: 'embedded', writable: true })

  expect(await sparky.run(['agent', 'stop'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(String(pid)),
  })
  expect(isAlive(pid)).toBe(false)
  expect(sparky.daemon()).toBeUndefined()
  expect(await sparky.run(['agent', 'status'])).toMatchObject({ exitCode: 3 })
  expect(await sparky.run(['agent', 'stop'])).toMatchObject({ exitCode: 0 })
})

test('what only looks does not start a daemon', async () => {
  const sparky = newSparky()
  for (const args of [['agent', 'tasks', 'list'], ['watch'], ['agent', 'status']]) {
    expect(await sparky.run(args)).toMatchObject({ exitCode: 3 })
    const { exitCode, stderr } = await sparky.run([...args, '--json'])
    expect(exitCode).toBe(3)
    if (args[1] !== 'status')
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'daemon_unreachable' } })
  }
  expect(sparky.daemon()).toBeUndefined()
})

test('a second start says so, names the flags that it could not apply, and exits 0', async () => {
  const sparky = newSparky()
  await sparky.json(['agent', 'start', '--concurrency', '3'])
  const same = await sparky.run(['agent', 'start', '--concurrency', '3'])
  expect(same).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('already'), stderr: '' })
  const other = await sparky.run(['agent', 'start', '--concurrency', '5', '--model', 'openai/gpt-x'])
  expect(other).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('already') })
  expect(other.stderr).toContain('--concurrency 5')
  expect(other.stderr).toContain('--model openai/gpt-x')
  expect(await sparky.json(['agent', 'start', '--poll-interval', '3'])).toMatchObject({
    running: true,
    concurrency: 3,
    poll_interval_s: 10,
  })
})

test('restart keeps the flags, or takes the new ones, and the tasks are all there', async () => {
  const sparky = newSparky()
  const first = await sparky.json<DaemonStatus>(['agent', 'start', '--concurrency', '3'])
  await sparky.json(['run', 'List files'])
  const second = await sparky.json<DaemonStatus>(['agent', 'restart'])
  expect(second).toMatchObject({ running: true, concurrency: 3, tasks: { completed: 1 } })
  expect(second.pid).not.toBe(first.pid)
  expect(isAlive(first.pid)).toBe(false)
  expect(await sparky.json(['agent', 'restart', '--concurrency', '4'])).toMatchObject({ concurrency: 4 })
})

test('a restart that cannot be leaves the daemon that is there', async () => {
  const sparky = newSparky()
  const first = await sparky.json<DaemonStatus>(['agent', 'start', '--concurrency', '3'])
  const invalid = await sparky.run(['agent', 'restart'], { env: { SPARKY_LOG_LEVEL: 'loud' } })
  expect(invalid).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('SPARKY_LOG_LEVEL') })
  expect(await sparky.json(['agent', 'status'])).toMatchObject({ pid: first.pid })
  const refused = await sparky.run(['agent', 'restart', '--host', '0.0.0.0', '--no-auth'])
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--no-auth') })
  expect(await sparky.json(['agent', 'status'])).toMatchObject({ running: true, concurrency: 3 })
})

test('five starts at once make one daemon, and all of them find it', async () => {
  const sparky = newSparky()
  const started = await Promise.all(
    Array.from({ length: 5 }, () => sparky.json<DaemonStatus>(['agent', 'start'])),
  )
  expect(new Set(started.map(({ pid }) => pid))).toEqual(new Set([sparky.daemon()?.pid]))
  expect(sparky.log().match(/Daemon online/g)).toHaveLength(1)
})

test('commands that need a daemon start one, and several at once share it', async () => {
  const sparky = newSparky()
  const tasks = await Promise.all(
    Array.from({ length: 4 }, () => sparky.json<Task>(['run', 'What time is it?'])),
  )
  expect(new Set(tasks.map(({ number }) => number))).toEqual(new Set([1, 2, 3, 4]))
  expect(tasks.every(({ status }) => status === 'completed')).toBe(true)
  expect(sparky.log().match(/Daemon online/g)).toHaveLength(1)
})

test('the daemon leads a process group of its own and outlives the one that started it', async () => {
  const sparky = newSparky()
  const shell = execa('/bin/sh', ['-c', `'${process.execPath}' '${bin}' agent start && sleep 60`], {
    env: { ...sparky.env },
    extendEnv: false,
    detached: true,
    reject: false,
    stdin: 'ignore',
  })
  await vi.waitFor(() => expect(sparky.daemon()).toBeDefined(), { timeout: 10_000, interval: 20 })
  const { pid = 0 } = sparky.daemon() ?? {}
  const { stdout } = await execa('ps', ['-o', 'pgid=,ppid=', '-p', String(pid)])
  const [pgid, ppid] = stdout.trim().split(/\s+/).map(Number)
  expect(pgid).toBe(pid)
  expect([process.pid, shell.pid]).not.toContain(ppid)
  process.kill(-(shell.pid ?? 0), 'SIGKILL')
  await shell
  process.kill(pid, 'SIGHUP')
  expect(await sparky.json(['run', 'List files'])).toMatchObject({ status: 'completed' })
  expect(sparky.daemon()?.pid).toBe(pid)
})

test('pause keeps tasks from starting, over a restart too, until resume', async () => {
  const sparky = newSparky()
  expect(await sparky.json(['agent', 'pause'])).toMatchObject({ paused: true })
  const task = await sparky.add('List files')
  await sparky.json(['agent', 'restart'])
  expect(await sparky.json(['agent', 'status'])).toMatchObject({ paused: true, tasks: { pending: 1 } })
  const why = await sparky.json<Why>(['agent', 'tasks', 'why', '1'])
  expect(why).toMatchObject({ task_id: task.id, running: false })
  expect(why.reasons).toEqual([{ code: expect.any(String), message: expect.stringContaining('paused') }])
  expect(await sparky.json(['agent', 'resume'])).toMatchObject({ paused: false })
  expect(await sparky.run(['agent', 'tasks', 'wait', '1'])).toMatchObject({ exitCode: 0 })
})

test('with the loop off, add and why say so, and start switches it on', async () => {
  const sparky = newSparky()
  const daemon = execa(process.execPath, [path.join(bin, '../../dist/daemon.js'), '--no-loop'], {
    env: { ...sparky.env },
    extendEnv: false,
    reject: false,
  })
  await vi.waitFor(() => expect(sparky.daemon()).toBeDefined(), { timeout: 10_000, interval: 20 })
  const added = await sparky.run(['agent', 'tasks', 'add', 'List files'])
  expect(added).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('loop is off') })
  expect((await sparky.run(['agent', 'tasks', 'why', '1'])).stdout).toContain('loop is off')
  const started = await sparky.run(['agent', 'start'])
  expect(started).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('loop is on now') })
  expect(await sparky.run(['agent', 'tasks', 'wait', '1'])).toMatchObject({ exitCode: 0 })
  await sparky.run(['agent', 'stop'])
  expect(await daemon).toMatchObject({ exitCode: 0 })
})

test('a daemon of another version is said, and restart offered', async () => {
  const sparky = newSparky()
  await sparky.json(['agent', 'start'])
  const file = path.join(sparky.home, 'daemon.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace(`"${version}"`, '"0.0.1-old"'))
  const { exitCode, stderr } = await sparky.run(['agent', 'tasks', 'list'])
  expect(exitCode).toBe(0)
  expect(stderr).toContain('0.0.1-old')
  expect(stderr).toContain('sparky agent restart')
  await sparky.json(['agent', 'restart'])
  expect((await sparky.run(['agent', 'tasks', 'list'])).stderr).not.toContain('0.0.1-old')
})

test('folders are 0700 and files 0600, whatever the umask is', async () => {
  const sparky = newSparky()
  const start = `umask 0; '${process.execPath}' '${bin}' agent start; '${process.execPath}' '${bin}' config set concurrency 3`
  await execa('/bin/sh', ['-c', start], { env: { ...sparky.env }, extendEnv: false })
  await sparky.json(['run', 'List files'])
  await sparky.json(['agent', 'restart'])
  const wrong = ['', ...readdirSync(sparky.home, { recursive: true, encoding: 'utf8' })].flatMap((name) => {
    const stat = lstatSync(path.join(sparky.home, name))
    if (stat.isSymbolicLink()) return []
    const mode = (stat.mode & 0o777).toString(8)
    return mode === (stat.isDirectory() ? '700' : '600') ? [] : [`${name || 'home'}: ${mode}`]
  })
  expect(wrong).toEqual([])
})
