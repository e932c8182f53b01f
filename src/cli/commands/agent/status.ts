import type { Command } from 'commander'
import type { DaemonStatus } from '../../../protocol/daemon-status.ts'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { taskStatuses } from '../../../protocol/status.ts'
import type { Context } from '../../context.ts'
import { exitCodeOfFailure } from '../../exit-code.ts'
import { formatAge, formatDateTime } from '../../output/amounts.ts'
import { statusLabel } from '../../output/status-label.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { output } = context
    const status = await context.daemon.status()
    if (status !== null) return output.result(status, () => statusText(status, context))
    output.result({ running: false }, () => 'No daemon is running. "sparky agent start" starts one.')
    context.exitCode = exitCodeOfFailure('daemon_unreachable')
  })
}

const statusText = (status: DaemonStatus, { output }: Context): string => {
  const { style } = output
  const counts = taskStatuses
    .filter((name) => status.tasks[name] > 0)
    .map((name) => `${status.tasks[name]} ${statusLabel(name).slice(2)}`)
  const loop = status.paused
    ? style.yellow('paused')
    : status.agent_loop
      ? style.green('on')
      : style.yellow('off')
  const facts: [string, string][] = [
    ['daemon', `${status.url}, pid ${status.pid}, Sparky ${status.version}`],
    ['up since', `${formatDateTime(status.started_at)} (${formatAge(status.uptime_s * 1000)})`],
    ['agent loop', `${loop}, ${status.concurrency} at a time, looks every ${status.poll_interval_s} s`],
    ['heartbeat', status.last_heartbeat === null ? 'none yet' : formatDateTime(status.last_heartbeat)],
    ['model', sanitizeLine(status.model)],
    ['keys', status.keys.join(', ') || 'none'],
    ['tasks', counts.join(', ') || 'none'],
    ['sessions', String(status.sessions)],
    [
      'store',
      `${status.store.kind}, ${status.store.seq} events${status.store.writable ? '' : style.red(', not writable')}`,
    ],
    ['home', sanitizeLine(status.home)],
  ]
  return facts.map(([name, value]) => `${style.dim(name.padEnd(10))}  ${value}`).join('\n')
}
