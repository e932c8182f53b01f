import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { notNegative } from '../../flags.ts'
import { stopDaemon, type StopOptions } from '../../restart-daemon.ts'

export interface StopFlags {
  readonly timeout: number
  readonly now?: boolean
}

export const withStopFlags = (command: Command): Command =>
  command
    .option(
      '--timeout <seconds>',
      'how long running attempts have to reach a safe point',
      notNegative('--timeout', 'number of seconds'),
      10,
    )
    .option('--now', 'do not wait for them')

export const stopOptionsOf = ({ timeout, now = false }: StopFlags): StopOptions => ({
  timeoutS: timeout,
  now,
})

export const define = (command: Command, context: Context): void => {
  withStopFlags(command).action(async (flags: StopFlags) => {
    const { daemon, output } = context
    const stopped = await stopDaemon(daemon, stopOptionsOf(flags))
    if (stopped === null) output.note('No daemon is running.')
    if (output.json) output.value({ running: false })
    else if (stopped !== null) output.line(`The daemon (pid ${stopped.pid}) has stopped.`)
  })
}
