import type { Command } from 'commander'
import { daemonArguments } from '../../../config/daemon-arguments.ts'
import type { Context } from '../../context.ts'
import { daemonFlagsOf, notApplied, withDaemonFlags, type StartFlags } from '../../daemon-flags.ts'

interface Flags extends StartFlags {
  readonly foreground?: boolean
}

export const define = (command: Command, context: Context): void => {
  withDaemonFlags(command)
    .option('--foreground', 'keep it in this terminal')
    .action((flags: Flags) =>
      flags.foreground ? startInForeground(flags, context) : startInBackground(flags, context),
    )
}

const startInForeground = async (
  flags: Flags,
  { daemon, shell, output, interrupts }: Context,
): Promise<void> => {
  const { runDaemon } = await import('../../../daemon/main.ts')
  interrupts.handOver()
  output.outliveReader()
  await runDaemon({
    flags: daemonFlagsOf(flags),
    env: shell.env,
    ...(output.json
      ? { onReady: () => void daemon.status().then((status) => output.value(status)) }
      : { print: (line) => output.line(line) }),
  })
}

const startInBackground = async (flags: Flags, { daemon, output }: Context): Promise<void> => {
  const running = await daemon.status()
  const { isOurs } =
    running === null ? await daemon.launch(daemonArguments(daemonFlagsOf(flags))) : { isOurs: false }
  const client = daemon.look()
  const before = running ?? (await client.call('status', {}))
  const status = before.agent_loop ? before : await client.call('startLoop', {})
  output.result(status, () =>
    isOurs
      ? `The daemon runs at ${status.url} (pid ${status.pid}), model ${status.model}.`
      : `A daemon runs already at ${status.url} (pid ${status.pid})${before.agent_loop ? '' : '; its agent loop is on now'}.`,
  )
  const ignored = isOurs ? [] : notApplied(flags, status)
  if (ignored.length > 0) {
    output.note(
      output.noteStyle.yellow(
        `Not applied, because it runs already: ${ignored.join(', ')}. "sparky agent restart ${ignored.join(' ')}" applies them.`,
      ),
    )
  }
}
