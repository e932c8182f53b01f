import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as delay } from 'node:timers/promises'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import { BoundedOutput } from '../tools/bounded-output.ts'
import { endingOf, firstEnding } from '../tools/ending.ts'
import { endGroup } from '../tools/process-group.ts'
import type { Ending } from '../tools/shell.ts'

export interface ProcessToRun {
  /** A command line for the shell, or a program and its arguments, which no shell sees. */
  readonly run: { readonly shell: string } | { readonly program: string; readonly args: readonly string[] }
  readonly cwd: string
  /** All of it: nothing of the daemon's own is added. */
  readonly environment: Readonly<Record<string, string>>
  /** Written to its stdin, which it need not read. */
  readonly input: string
  readonly timeoutMs: number
}

export interface ProcessRun {
  /** Why it did not do what it should, in words; null where it did. */
  readonly failure: string | null
  /** Of both streams head and tail. */
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program in a process group of its own until it exits, the time is up or the signal is aborted; in the last
 * two cases the whole group is ended. What it leaves in the background when it exits by itself goes on, and is not
 * waited for. Does not reject.
 */
export const runProcess = async (
  { run, cwd, environment, input, timeoutMs }: ProcessToRun,
  signal: AbortSignal,
): Promise<ProcessRun> => {
  const { execa } = await import('execa')
  const [file, args] = 'shell' in run ? [run.shell, []] : [run.program, [...run.args]]
  const child = execa(file, args, {
    shell: 'shell' in run,
    cwd,
    env: environment,
    extendEnv: false,
    detached: true,
    cleanup: false,
    windowsHide: true,
    buffer: false,
    reject: false,
    input,
  })
  const { pid, stdout, stderr } = child
  if (pid === undefined) {
    const { originalMessage } = await child
    return { failure: `it could not be started: ${originalMessage}`, stdout: '', stderr: '' }
  }
  const exit = once(child, 'exit').then(([code, by]) => endingOf(code, by))
  const outputs = [collect(stdout), collect(stderr)] as const
  const ending = await firstEnding(exit, timeoutMs, signal)
  if (ending.kind === 'timed_out' || ending.kind === 'aborted') await endGroup(pid)
  await Promise.race([Promise.all(outputs.map(({ closed }) => closed)), delay(drainMs)])
  letGo([stdout, stderr], timeoutMs)
  const [printed, complained] = [outputs[0].text(), outputs[1].text()]
  return { failure: failureOf(ending, timeoutMs, complained), stdout: printed, stderr: complained }
}

const keptBytes = { headBytes: 4096, tailBytes: 4096 }
/** How long a pipe is read on that a process in the background still holds open. */
const drainMs = 100
const maxComplaintLength = 300

const collect = (stream: Readable): { readonly closed: Promise<void>; readonly text: () => string } => {
  const output = new BoundedOutput(keptBytes)
  const decoder = new StringDecoder('utf8')
  stream.on('data', (chunk: Buffer) => output.push(decoder.write(chunk)))
  stream.on('error', () => undefined)
  return { closed: new Promise((resolve) => stream.once('close', resolve)), text: () => output.text() }
}

/**
 * A process in the background that still prints is read, and not heard, as long as the command might have taken: a
 * pipe that closes at once would end it.
 */
const letGo = (streams: readonly Readable[], timeoutMs: number): void => {
  for (const stream of streams) stream.removeAllListeners('data').resume()
  setTimeout(() => streams.forEach((stream) => stream.destroy()), timeoutMs).unref()
}

const failureOf = (ending: Ending, timeoutMs: number, stderr: string): string | null => {
  switch (ending.kind) {
    case 'timed_out':
      return `it took longer than ${timeoutMs / 1000} s and was ended, with all its processes`
    case 'aborted':
      return 'it was ended, with all its processes'
    case 'exited':
      return ending.exitCode === 0 ? null : withComplaint(`exit code ${ending.exitCode}`, stderr)
    case 'signalled':
      return withComplaint(`ended by ${ending.signal}`, stderr)
  }
}

const withComplaint = (how: string, stderr: string): string => {
  const complaint = lastLine(stderr)
  return complaint === '' ? how : `${how}: ${complaint}`
}

const lastLine = (text: string): string =>
  sanitizeLine(text.trimEnd().split('\n').at(-1) ?? '')
    .trim()
    .slice(0, maxComplaintLength)
