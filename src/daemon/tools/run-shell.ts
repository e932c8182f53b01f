import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { SparkyError } from '../../protocol/failure.ts'
import { BoundedOutput } from './bounded-output.ts'
import { endingOf, firstEnding } from './ending.ts'
import { liveFeed } from './live-feed.ts'
import { endGroup, startTicksOf } from './process-group.ts'
import type { RunShell } from './shell.ts'

const keptBytes = { headBytes: 5 * 1024 * 1024, tailBytes: 4 * 1024 * 1024 }
/** How long a pipe is read on that a process outside of the group still holds open. */
const drainMs = 250

/**
 * Runs a command with /bin/sh in a process group of its own and sees it to its end: its exit, the timeout or the
 * signal, whichever comes first. When this settles, nothing of the group lives any more, and `started` has resolved.
 */
export const runShell: RunShell = async ({ command, cwd, timeoutMs }, context) => {
  context.signal.throwIfAborted()
  const child = await startShell(command, { cwd, environment: context.environment })
  const { pid } = child
  const startTicks = startTicksOf(pid)
  const exit = once(child, 'exit').then(([code, signal]) => endingOf(code, signal))
  const output = new BoundedOutput(keptBytes)
  const feed = liveFeed((text) => context.output(text))
  const take = (text: string): void => {
    output.push(text)
    feed.push(text)
  }
  const closed = Promise.all([collect(child.stdout, take), collect(child.stderr, take)])
  try {
    await context.started({ pid, startTicks })
    const ending = await firstEnding(exit, timeoutMs, context.signal)
    const leftBehind = await endGroup(pid)
    await Promise.race([closed, delay(drainMs).then(() => nextTurn())])
    return { ending, output: output.text(), leftBehind }
  } catch (error) {
    await endGroup(pid)
    throw error
  } finally {
    child.stdout.destroy()
    child.stderr.destroy()
    feed.end()
  }
}

interface Place {
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
}

/** Resolves before the event loop turns. */
const startShell = async (command: string, { cwd, environment }: Place) => {
  try {
    // Not through execa, which takes another millisecond for each: a tenth of a step of an agent that runs small commands.
    const child = spawn('/bin/sh', ['-c', command], {
      cwd,
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { pid } = child
    if (pid === undefined) throw (await once(child, 'error'))[0]
    return Object.assign(child, { pid })
  } catch (error) {
    // The system says of a missing folder that /bin/sh is missing.
    const why = existsSync(cwd) ? (error as Error).message : `there is no folder ${cwd}`
    throw new SparkyError('tool_failed', `the command could not be started: ${why}`)
  }
}

/** Hands on what a stream brings, in whole characters; resolves when it is closed. */
const collect = (stream: Readable, take: (text: string) => void): Promise<void> =>
  new Promise((resolve) => {
    const decoder = new StringDecoder('utf8')
    stream.on('data', (chunk: Buffer) => take(decoder.write(chunk)))
    // A pipe that breaks has ended; what it brought counts.
    stream.on('error', () => undefined)
    stream.once('close', () => {
      take(decoder.end())
      resolve()
    })
  })
