import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { Sparky } from '../../support/sparky.ts'

/** Debian's: the one that its packages are for. */
const python = '/usr/bin/python3'

/** Throws one sentence where Debian's Python or its WebSocket package is not there. */
export const requirePython = (): void => {
  const { status, error } = spawnSync(python, ['-c', 'import websockets'], { stdio: 'ignore' })
  if (error === undefined && status === 0) return
  throw new Error(
    `expected ${python} with the package websockets, found none: "apt-get install python3-websockets" installs both`,
  )
}

/** A line that the client printed: what it saw. */
export type Said = Readonly<Record<string, unknown>>

export interface PythonClient {
  readonly said: readonly Said[]
  /** The first line that fits, when it is there; rejects where it ends without. */
  line(fits: (line: Said) => boolean): Promise<Said>
  /** Everything that it said; rejects where it failed. */
  readonly ended: Promise<readonly Said[]>
  kill(): void
}

/** Starts one scenario of the client that was written from docs/protocol.md; it ends with the test. */
export const startPython = (
  sparky: Sparky,
  scenario: string,
  words: Readonly<Record<string, unknown>> = {},
): PythonClient => {
  const script = path.join(import.meta.dirname, 'scenarios.py')
  // Nothing is written beside the sources.
  const child = spawn(python, ['-B', script, scenario, JSON.stringify(words)], {
    env: { ...sparky.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Said[] = []
  let isOver = false
  let wake: (() => void)[] = []
  const wakeAll = (): void => {
    const waiting = wake
    wake = []
    for (const resolve of waiting) resolve()
  }
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    said.push(...lines.map((line) => JSON.parse(line) as Said))
    wakeAll()
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const ended = once(child, 'close').then(([code]) => {
    isOver = true
    wakeAll()
    if (code !== 0) throw new Error(`expected ${scenario} to end well, found exit code ${code}: ${complaint}`)
    return said
  })
  ended.catch(() => {})
  const kill = (): void => void child.kill('SIGKILL')
  onTestFinished(kill)
  return {
    said,
    line: async (fits) => {
      for (;;) {
        const found = said.find(fits)
        if (found !== undefined) return found
        if (isOver) throw new Error(`ended without the line that was waited for: ${complaint}`)
        await new Promise<void>((resolve) => wake.push(resolve))
      }
    },
    ended,
    kill,
  }
}

/** Starts a program of Python that is given as text; ends with the test. Its lines so far are in `lines`. */
export const startProgram = (sparky: Sparky, text: string): { readonly lines: readonly string[] } => {
  const child = spawn(python, ['-'], { env: { ...sparky.env }, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(text)
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    const whole = (rest + part).split('\n')
    rest = whole.pop() ?? ''
    lines.push(...whole)
  })
  return { lines }
}

export const runPython = (...words: Parameters<typeof startPython>): Promise<readonly Said[]> =>
  startPython(...words).ended
