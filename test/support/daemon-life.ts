import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { builtProgram } from '../../src/config/built-program.ts'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Sparky } from './sparky.ts'

/** One daemon, started straight from its program, so that it can be killed at any moment, also before it is ready. */
export interface DaemonLife {
  readonly pid: number
  /** Resolves with true once it answers, with false where it ended before. */
  readonly ready: Promise<boolean>
  readonly exited: Promise<void>
  /** SIGKILL, and resolves when it is gone. */
  kill(): Promise<void>
}

/** Starts a daemon in the home of `sparky`; its program may be run by another, as in `['faketime', '-f', '+1d']`. */
export const startLife = (
  sparky: Sparky,
  env: Readonly<Record<string, string>> = {},
  runBy: readonly string[] = [],
): DaemonLife => {
  mkdirSync(sparky.home, { recursive: true })
  const words = [...runBy, process.execPath, builtProgram('daemon.js')]
  const child = spawn(words[0] ?? '', words.slice(1), {
    cwd: sparky.home,
    env: { ...sparky.env, ...env },
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error('expected a daemon to start')
  const exited = once(child, 'exit').then(() => undefined)
  const ready = new Promise<boolean>((resolve) => {
    child.stdio[3]?.on('data', (line: Buffer) => resolve(line.toString().includes('"ready":true')))
    void exited.then(() => resolve(false))
  })
  return { pid, ready, exited, kill: () => killed(pid, exited) }
}

const killed = async (pid: number, exited: Promise<void>): Promise<void> => {
  if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  await exited
}
