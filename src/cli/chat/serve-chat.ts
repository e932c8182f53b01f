import type { DaemonClient } from '../../client/daemon-client.ts'
import { LiveConnection } from '../../client/live-connection.ts'
import { openNodeSocket } from '../../client/node-socket.ts'
import type { DaemonStatus } from '../../protocol/daemon-status.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { version } from '../../protocol/version.ts'
import type { Context } from '../context.ts'
import type { ChatFlags } from './chat-flags.ts'
import { isLoopWanted } from './daemon-for-chat.ts'

/**
 * The chat server in the foreground, until it is signalled: the daemon in this process, with its agent loop only if
 * SPARKY_ENABLE_AGENT_LOOP wants it. Where one runs already it serves the chat, and this stays with it until its end.
 */
export const serveChat = async (context: Context, flags: ChatFlags): Promise<void> => {
  const { daemon, output } = context
  const loop = isLoopWanted(context.shell.env)
  const unused = unusedFlags(flags)
  if (unused.length > 0) {
    output.note(
      output.noteStyle.yellow(
        `Without a terminal this is the chat server: ${unused.join(', ')} counts with --message only.`,
      ),
    )
  }
  const running = await daemon.status()
  if (running !== null) return stayWith(running, loop, context)
  try {
    await serveHere(loop, context)
  } catch (error) {
    // Another one was quicker, or had just begun.
    const other = isConflict(error) ? await daemon.status() : null
    if (other === null) throw error
    await stayWith(other, loop, context)
  }
}

const unusedFlags = ({ agent, pillar, conversation, user, model }: ChatFlags): string[] =>
  Object.entries({ agent, pillar, conversation, user, model })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => `--${name}`)

const isConflict = (error: unknown): boolean => error instanceof SparkyError && error.code === 'conflict'

const serveHere = async (loop: boolean, { shell, output, interrupts }: Context): Promise<void> => {
  const { runDaemon } = await import('../../daemon/main.ts')
  interrupts.handOver()
  output.outliveReader()
  await runDaemon({
    flags: { auth: true, loop },
    env: shell.env,
    role: 'chat server',
    ...(output.json
      ? { onMoment: (moment) => void output.jsonLine(moment) }
      : { print: (line) => output.line(line) }),
  })
}

/** Resolves when this process is signalled; rejects with `daemon_unreachable` when that daemon has ended. */
const stayWith = async (
  { pid, url, model, agent_loop }: DaemonStatus,
  loop: boolean,
  context: Context,
): Promise<void> => {
  const { daemon, output, interrupts } = context
  output.note(`A daemon runs already at ${url} (pid ${pid}): it serves the chat, and goes on when this ends.`)
  if (loop && !agent_loop) {
    await daemon.look().call('startLoop', {})
    output.note('Its agent loop was off, and is on now.')
  }
  if (output.json) await output.jsonLine({ kind: 'online', url, model, loop: loop || agent_loop, note: null })
  else output.line(`🟢 Chat server is ONLINE at ${url} (${model}).`)
  const interrupted = onceSignalled(interrupts.handOver.bind(interrupts))
  const connection = watchEnd(daemon.look())
  const end = await Promise.race([interrupted, connection.ended])
  connection.close()
  if (end === null) return
  throw new SparkyError('daemon_unreachable', `the daemon at ${url} has ended: ${end}`, {
    hint: '"sparky chat" again serves it here',
  })
}

const onceSignalled = (handOver: () => void): Promise<null> => {
  handOver()
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(null))
  })
}

const watchEnd = (client: DaemonClient): { readonly ended: Promise<string>; readonly close: () => void } => {
  let close = (): void => {}
  const ended = new Promise<string>((resolve) => {
    const connection = new LiveConnection(
      {
        openSocket: openNodeSocket,
        target: client.address(),
        opening: () => [{ type: 'hello', client: `sparky-chat/${version}` }],
      },
      { onFrame: () => {}, onLine: () => {}, onClose: ({ reason }) => resolve(reason) },
    )
    close = () => connection.close()
  })
  return { ended, close }
}
