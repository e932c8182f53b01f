import type { DaemonFlags } from './settings.ts'

/** How a daemon is to be started, as arguments of its program. */
export const daemonArguments = (flags: DaemonFlags): string[] => [
  ...valueOf('--host', flags.host),
  ...valueOf('--port', flags.port),
  ...valueOf('--concurrency', flags.concurrency),
  ...valueOf('--poll-interval', flags.pollIntervalS),
  ...valueOf('--model', flags.model),
  ...(flags.auth ? [] : ['--no-auth']),
  ...(flags.loop ? [] : ['--no-loop']),
]

const valueOf = (flag: string, value: string | number | undefined): string[] =>
  value === undefined ? [] : [flag, String(value)]
