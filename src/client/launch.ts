import { execa } from 'execa'
import { closeSync, fstatSync, openSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { builtProgram } from '../config/built-program.ts'
import { homePaths, sparkyHome, type HomePaths } from '../config/home.ts'
import { makeFolders } from '../config/make-folders.ts'
import { failureCodes, SparkyError, type Failure } from '../protocol/failure.ts'
import { readAddress, type DaemonAddress } from './address.ts'
import { pause } from './backoff.ts'
import { DaemonClient } from './daemon-client.ts'
import { parseLogLine, readTail } from './daemon-log.ts'

export interface LaunchOptions {
  readonly env: NodeJS.ProcessEnv
  /** Arguments of the daemon's program (`daemonArguments`). */
  readonly flags: readonly string[]
  /** How long it may take until it answers; 15 s if left out. */
  readonly timeoutMs?: number
  /** The daemon's program; the built one if left out. */
  readonly program?: string
}

export interface Launched {
  readonly address: DaemonAddress
  /** False where another one was quicker, or ran already. */
  readonly isOurs: boolean
  /** What the daemon wants to be said: that its port was taken, and another is used. */
  readonly note: string | null
}

/**
 * Starts the daemon in the background, in a session of its own, its output in the log, and resolves once it
 * answers. Of several at once one starts, and all resolve with that one. Rejects with the daemon's own reason, or
 * with `daemon_unreachable` and the tail of its log if it dies or is not ready in time.
 */
export const launchDaemon = async (options: LaunchOptions): Promise<Launched> => {
  const deadlineMs = performance.now() + (options.timeoutMs ?? 15_000)
  const paths = homePaths(sparkyHome(options.env))
  const log = openLog(paths)
  try {
    for (let patienceMs = firstPatienceMs; ; patienceMs *= 2) {
      const daemon = spawnDaemon(options, paths, log.handle)
      const outcome = await Promise.race([readiness(daemon), death(daemon), lateness(deadlineMs)])
      if (outcome.kind === 'ready') {
        detach(daemon)
        return { address: requireAddress(options.env), isOurs: true, note: outcome.note }
      }
      if (outcome.kind === 'late') daemon.kill('SIGKILL')
      detach(daemon)
      // Somebody else's daemon may hold the lock and not be ready yet; or it may have died since.
      const isHeld = outcome.failure?.code === 'conflict'
      const untilMs = isHeld ? Math.min(deadlineMs, performance.now() + patienceMs) : 0
      const other = await waitForOther(options.env, untilMs)
      if (other !== null) return { address: other, isOurs: false, note: null }
      if (!isHeld || performance.now() >= deadlineMs) throw toError(outcome, paths, log.sizeBytes)
    }
  } finally {
    closeSync(log.handle)
  }
}

/** How long a daemon that holds the home is waited for before the next look at whether it still does. */
const firstPatienceMs = 1000

type Outcome =
  | { readonly kind: 'ready'; readonly note: string | null }
  | { readonly kind: 'failed' | 'dead' | 'late'; readonly what: string; readonly failure?: Failure }

const openLog = (paths: HomePaths): { handle: number; sizeBytes: number } => {
  try {
    makeFolders(paths.logs)
    const handle = openSync(paths.daemonLog, 'a', 0o600)
    return { handle, sizeBytes: fstatSync(handle).size }
  } catch (error) {
    throw new SparkyError(
      'daemon_unreachable',
      `cannot write ${paths.daemonLog}: ${(error as Error).message}`,
      {
        hint: 'SPARKY_HOME must name a directory that you may write to',
        cause: error,
      },
    )
  }
}

type Daemon = ReturnType<typeof spawnDaemon>
/** execa takes any open file, its types only the first few. */
type KnownHandle = 3

const spawnDaemon = ({ env, flags, program }: LaunchOptions, paths: HomePaths, log: number) =>
  execa(process.execPath, [program ?? builtProgram('daemon.js'), ...flags], {
    cwd: paths.home,
    env: env as Record<string, string>,
    extendEnv: false,
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    // The fourth is where it says that it is ready.
    stdio: ['ignore', log as KnownHandle, log as KnownHandle, 'pipe'],
  })

const readiness = async (daemon: Daemon): Promise<Outcome> => {
  const line = await firstLine(channelOf(daemon))
  // Closed without a word: how it ended says more.
  if (!line.startsWith('{')) return new Promise(() => {})
  const said = JSON.parse(line) as { ready: boolean; note?: string | null; error?: Failure }
  if (said.ready) return { kind: 'ready', note: said.note ?? null }
  return { kind: 'failed', what: 'could not start', ...(said.error && { failure: said.error }) }
}

const channelOf = (daemon: Daemon): Readable => daemon.stdio[3] as unknown as Readable

const firstLine = async (stream: Readable): Promise<string> => {
  let text = ''
  for await (const chunk of stream) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  return text.split('\n')[0] ?? ''
}

const death = async (daemon: Daemon): Promise<Outcome> => {
  const result = await daemon
  // What it said on its way out is still in the pipe: let that win.
  await pause(50)
  return {
    kind: 'dead',
    what: `ended at once (${result.signal ?? `exit code ${result.exitCode ?? 'unknown'}`})`,
  }
}

const lateness = async (deadlineMs: number): Promise<Outcome> => {
  await unreferencedPause(deadlineMs - performance.now())
  return { kind: 'late', what: 'was not ready in time' }
}

const unreferencedPause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })

/** Lets this program end while the daemon runs on. */
const detach = (daemon: Daemon): void => {
  daemon.unref()
  channelOf(daemon).destroy()
}

const requireAddress = (env: NodeJS.ProcessEnv): DaemonAddress => new DaemonClient({ env }).address()

const waitForOther = async (env: NodeJS.ProcessEnv, deadlineMs: number): Promise<DaemonAddress | null> => {
  for (;;) {
    const address = readAddress(env)
    if (address !== null && (await answers(env))) return address
    if (performance.now() >= deadlineMs) return null
    await pause(50)
  }
}

const answers = async (env: NodeJS.ProcessEnv): Promise<boolean> => {
  try {
    await new DaemonClient({ env, timeoutMs: 2000 }).call('health', {})
    return true
  } catch {
    return false
  }
}

const toError = (
  outcome: Exclude<Outcome, { kind: 'ready' }>,
  paths: HomePaths,
  logStart: number,
): SparkyError => {
  const { failure, what } = outcome
  if (failure !== undefined && failure.code in failureCodes) {
    return new SparkyError(failure.code, failure.message, { hint: failure.hint ?? undefined })
  }
  const tail = readTail(paths.daemonLog, 15, logStart).text.map((line) => `  ${parseLogLine(line).text}`)
  const message = [`the daemon ${what}`, ...(tail.length === 0 ? [] : ['The end of its log:', ...tail])].join(
    '\n',
  )
  return new SparkyError('daemon_unreachable', message, { hint: `its whole log is ${paths.daemonLog}` })
}
