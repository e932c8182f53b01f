import type { Command } from 'commander'
import type { DaemonStatus } from '../protocol/daemon-status.ts'
import type { DaemonFlags } from '../config/settings.ts'
import { nonEmpty, positiveNumber, wholeNumber } from './flags.ts'

/** The flags of `agent start` and `agent restart`, as commander names them. */
export interface StartFlags {
  readonly host?: string
  readonly port?: number
  readonly concurrency?: number
  readonly pollInterval?: number
  readonly model?: string
  readonly auth: boolean
}

export const withDaemonFlags = (command: Command): Command =>
  command
    .option('--host <address>', 'the address to listen on (default: 127.0.0.1)', nonEmpty('--host'))
    .option(
      '--port <n>',
      'the port to listen on; 0 for any (default: 7717)',
      wholeNumber('--port', { min: 0, max: 65_535 }),
    )
    .option(
      '--concurrency <n>',
      'how many attempts run side by side (default: 2)',
      wholeNumber('--concurrency', { min: 1, max: 100 }),
    )
    .option(
      '--poll-interval <seconds>',
      'time between fallback looks at the queue (default: 10)',
      positiveNumber('--poll-interval', 'number of seconds'),
    )
    .option(
      '--model <model>',
      'provider/model, or a bare name, for tasks that name none',
      nonEmpty('--model'),
    )
    .option('--no-auth', 'ask for no token')

export const daemonFlagsOf = ({
  host,
  port,
  concurrency,
  pollInterval,
  model,
  auth,
}: StartFlags): DaemonFlags => ({
  ...(host !== undefined && { host }),
  ...(port !== undefined && { port }),
  ...(concurrency !== undefined && { concurrency }),
  ...(pollInterval !== undefined && { pollIntervalS: pollInterval }),
  ...(model !== undefined && { model }),
  auth,
  loop: true,
})

/** The flags that a running daemon does not go by, as they were typed. Exported for tests too. */
export const notApplied = (flags: StartFlags, status: DaemonStatus): string[] => {
  const { hostname, port } = new URL(status.url)
  return [
    ...differing('--host', flags.host, hostname),
    ...(flags.port === 0 ? [] : differing('--port', flags.port, Number(port || 80))),
    ...differing('--concurrency', flags.concurrency, status.concurrency),
    ...differing('--poll-interval', flags.pollInterval, status.poll_interval_s),
    ...differing('--model', flags.model, status.model),
    ...(flags.auth ? [] : ['--no-auth']),
  ]
}

const differing = <T extends string | number>(flag: string, wanted: T | undefined, actual: T): string[] =>
  wanted === undefined || wanted === actual ? [] : [`${flag} ${wanted}`]
