import type { Command } from 'commander'
import { daemonArguments } from '../../../config/daemon-arguments.ts'
import { daemonSettings } from '../../../config/settings.ts'
import type { Context } from '../../context.ts'
import { daemonFlagsOf, withDaemonFlags, type StartFlags } from '../../daemon-flags.ts'
import { restartDaemon } from '../../restart-daemon.ts'
import { loadUserConfig } from '../../user-config.ts'
import { stopOptionsOf, withStopFlags, type StopFlags } from './stop.ts'

export const define = (command: Command, context: Context): void => {
  withStopFlags(withDaemonFlags(command)).action(async (flags: StartFlags & StopFlags) => {
    const { daemon, output, shell } = context
    const given = daemonArguments(daemonFlagsOf(flags))
    // A daemon that could not start again must not be stopped.
    daemonSettings(daemonFlagsOf(flags), shell.env, (await loadUserConfig(context)).all())
    await restartDaemon(daemon, { ...stopOptionsOf(flags), ...(given.length > 0 && { flags: given }) })
    const client = daemon.look()
    const before = await client.call('status', {})
    const status = before.agent_loop ? before : await client.call('startLoop', {})
    output.result(
      status,
      () => `The daemon runs at ${status.url} (pid ${status.pid}), model ${status.model}.`,
    )
  })
}
