import { execa } from 'execa'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import * as vitest from 'vitest'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Event } from '../../src/protocol/event.ts'
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
  add(prompt: string, args?: readonly string[]): Promise<Task>
  events(task: number | string): Promise<Event[]>
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
  const env = {
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
    add: (prompt, args = []) => json(['agent', 'tasks', 'add', ...args, prompt]),
    events: async (task) => {
      const { stdout } = await run(['agent', 'tasks', 'events', String(task), '--json'])
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Event)
    },
    token: () => readFileSync(path.join(home, 'token'), 'utf8').trim(),
    log: () => readFileSync(path.join(home, 'logs', 'daemon.log'), 'utf8'),
  }
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
