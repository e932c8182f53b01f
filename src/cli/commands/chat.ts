import type { Command } from 'commander'
import type { ChatFlags } from '../chat/chat-flags.ts'
import { chatOnTerminal } from '../chat/on-terminal.ts'
import { sayOnce } from '../chat/say-once.ts'
import { serveChat } from '../chat/serve-chat.ts'
import type { Context } from '../context.ts'
import { nonEmpty } from '../flags.ts'
import { SparkyError } from '../../protocol/failure.ts'

export const define = (command: Command, context: Context): void => {
  command
    .option('--agent <name>', 'whom to talk to (default: guide); NAME/PILLAR, too', nonEmpty('--agent'))
    .option('--pillar <name>', "which of the agent's fields it is about", nonEmpty('--pillar'))
    .option(
      '--conversation <id>',
      'go on with this conversation: its id, the beginning of it, or last',
      nonEmpty('--conversation'),
    )
    .option(
      '--user <name>',
      'who is talking (default: user); agent: with the Task Monitor',
      nonEmpty('--user'),
    )
    .option('--model <model>', 'provider/model, or a bare name, of what is said', nonEmpty('--model'))
    .option(
      '--message <text>',
      'one turn for scripts: say this, print the answer; - reads it from stdin',
      nonEmpty('--message'),
    )
    .action((flags: ChatFlags) => {
      const { shell, output } = context
      if (flags.message !== undefined) return sayOnce(context, flags, flags.message)
      const isTerminal = shell.stdout.isTTY && shell.stdin.isTTY
      if (!isTerminal || output.json) return serveChat(context, flags)
      if (shell.env['TERM'] !== 'dumb') return chatOnTerminal(context, flags)
      throw new SparkyError('usage', 'expected a terminal that can be drawn on, found TERM=dumb', {
        hint: '"sparky chat --message TEXT" says one thing and prints the answer',
      })
    })
}
