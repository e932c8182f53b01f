import { execa } from 'execa'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import * as vitest from 'vitest'
import { launchDaemon } from '../../src/client/launch.ts'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Event } from '../../src/protocol/event.ts'
import { taskEnvironmentNames } from '../../src/protocol/task-environment.ts'
import type { Task } from '../../src/protocol/task.ts'

const bin = path.join(import.meta.dirname, '../../bin/sparky.js')

/** The real binary in a home of its own, which ends with the test: its daemon too, whatever the test left behind. */
export interface Sparky {
  readonly home: string
  /** An empty folder for the tasks of this test. */
  readonly work: string
  readonly env: Readonly<Record<string, string>>
  /** Runs `sparky ARGS…` in `work` to its end; never rejects. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** Runs it with `--json` and parses what it printed; fails where it exits with something else than 0. */
  json<T>(args: readonly string[], options?: RunOptions): Promise<T>
  /** Starts it without waiting. */
  spawn(args: readonly string[], options?: RunOptions): ReturnType<typeof start>
  /** Where a daemon runs it is asked at once, as any program asks it: the start of a command costs more than the answer. */
  add(prompt: string, args?: readonly string[]): Promise<Task>
  /** A daemon in the background, started as `agent start` starts it; resolves when it answers. */
  start(): Promise<void>
  events(task: number | string): Promise<Event[]>
  task(task: number | string): Promise<Task>
  /** Writes these settings, named as `config set` names them, into the configuration. */
  configure(settings: Readonly<Record<string, unknown>>): void
  /** What the running daemon wrote about itself; undefined where none runs. */
  daemon(): { pid: number; url: string } | undefined
  /** SIGKILL to the running daemon; resolves with its pid when it is gone. */
  killDaemon(): Promise<number>
  /** Of a file in `work`; none where it is not there. */
  linesOf(name: string): string[]
  token(): string
  log(): string
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string
  readonly timeoutMs?: number
}

export interface Ran {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** What of this process's environment a newcomer's shell has as well: no keys, no colours, no test runner. */
const plainEnvironment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: os.tmpdir(),
  LANG: 'C.UTF-8',
  TERM: 'dumb',
})

interface Place {
  /** Where its home is to be; a folder of the test's own if left out. */
  readonly home?: string
  /** Of the test's own context, where tests run side by side: then the one of vitest knows not which test it is. */
  readonly onTestFinished?: (end: () => Promise<void>) => void
}

export const newSparky = (
  extraEnv: Readonly<Record<string, string>> = {},
  { home: chosenHome, onTestFinished = vitest.onTestFinished }: Place = {},
): Sparky => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-e2e-'))
  const home = chosenHome ?? path.join(folder, 'home')
  const work = mkdtempSync(path.join(folder, 'work-'))
  const env: Record<string, string> = {
    ...plainEnvironment(),
    SPARKY_HOME: home,
    SPARKY_PORT: '0',
    OLLAMA_HOST: 'http://127.0.0.1:9',
    ...extraEnv,
  }

  const spawn: Sparky['spawn'] = (args, options = {}) =>
    start(args, { cwd: work, ...options, env: { ...env, ...options.env } })

  const run: Sparky['run'] = async (args, options) => {
    const { exitCode, stdout, stderr } = await spawn(args, options)
    return { exitCode, stdout, stderr }
  }

  const json: Sparky['json'] = async (args, options) => {
    const { exitCode, stdout, stderr } = await run([...args, '--json'], options)
    if (exitCode !== 0)
      throw new Error(`sparky ${args.join(' ')} exited with ${exitCode}: ${stderr}\n${stdout}`)
    return JSON.parse(stdout)
  }

  const daemon: Sparky['daemon'] = () => {
    try {
      return JSON.parse(readFileSync(path.join(home, 'daemon.json'), 'utf8'))
    } catch {
      return undefined
    }
  }

  const token: Sparky['token'] = () => readFileSync(path.join(home, 'token'), 'utf8').trim()

  /** Undefined where no daemon is there to answer. */
  const ask = async (
    where: string,
    { headers = {}, ...init }: { method?: string; body?: string; headers?: Record<string, string> } = {},
  ): Promise<{ readonly status: number; readonly text: string } | undefined> => {
    const { pid, url } = daemon() ?? {}
    if (pid === undefined || !isAlive(pid)) return undefined
    try {
      const response = await fetch(`${url}${where}`, {
        ...init,
        headers: { authorization: `Bearer ${token()}`, 'content-type': 'application/json', ...headers },
        signal: AbortSignal.timeout(20_000),
      })
      return { status: response.status, text: await response.text() }
    } catch {
      return undefined
    }
  }

  const isRunning = (): boolean => isAlive(daemon()?.pid ?? -1)

  const startDaemon: Sparky['start'] = async () => {
    if (isRunning()) await json(['agent', 'start'])
    else await launchDaemon({ env, flags: [] })
  }

  onTestFinished(async () => {
    // A stop in good order costs more than many a test. What a killed daemon leaves, its runner ends.
    const { pid } = daemon() ?? {}
    if (pid !== undefined && isAlive(pid)) {
      process.kill(pid, 'SIGKILL')
      await vitest.vi.waitFor(() => vitest.expect(isAlive(pid)).toBe(false), { timeout: 15_000, interval: 5 })
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })

  return {
    home,
    work,
    env,
    run,
    json,
    spawn,
    daemon,
    killDaemon: async () => {
      const { pid = 0 } = daemon() ?? {}
      process.kill(pid, 'SIGKILL')
      await vitest.vi.waitFor(() => vitest.expect(isAlive(pid)).toBe(false), {
        timeout: 15_000,
        interval: 10,
      })
      return pid
    },
    linesOf: (name) => {
      const file = path.join(work, name)
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
    },
    start: startDaemon,
    add: async (prompt, args = []) => {
      if (args.length === 0 && !isRunning()) await startDaemon()
      const environment = Object.fromEntries(
        taskEnvironmentNames.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
      )
      const body = JSON.stringify({ id: uuidv7(), prompt, cwd: work, environment })
      const added = args.length === 0 ? await ask('/api/v1/tasks', { method: 'POST', body }) : undefined
      if (added === undefined) return json(['agent', 'tasks', 'add', ...args, prompt])
      if (added.status !== 201) throw new Error(`expected a task, found ${added.status} ${added.text}`)
      return JSON.parse(added.text) as Task
    },
    events: async (task) => {
      const told = await ask(`/api/v1/tasks/${task}/events`, { headers: { accept: 'application/x-ndjson' } })
      const text =
        told?.status === 200
          ? told.text
          : (await run(['agent', 'tasks', 'events', String(task), '--json'])).stdout
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Event)
    },
    task: async (task) => {
      const told = await ask(`/api/v1/tasks/${task}`)
      return told?.status === 200
        ? (JSON.parse(told.text) as Task)
        : json<Task>(['agent', 'tasks', 'show', String(task)])
    },
    configure: (settings) => configure(path.join(home, 'config.json'), settings),
    token,
    log: () => readFileSync(path.join(home, 'logs', 'daemon.log'), 'utf8'),
  }
}

/** By a rename, as the command does it: a daemon that watches the file never reads a part of it. */
const configure = (file: string, settings: Readonly<Record<string, unknown>>): void => {
  const config: Record<string, unknown> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  for (const [key, value] of Object.entries(settings)) {
    const names = key.split('.')
    const last = names.pop() ?? ''
    let place = config
    for (const name of names) place = (place[name] ??= {}) as Record<string, unknown>
    place[last] = value
  }
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, JSON.stringify(config), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

const start = (args: readonly string[], { cwd, env, input, timeoutMs }: RunOptions) =>
  execa(process.execPath, [bin, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...env },
    extendEnv: false,
    reject: false,
    timeout: timeoutMs ?? 45_000,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  })
