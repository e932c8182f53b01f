import type { Command } from 'commander'
import { chatOnTerminal } from '../chat/on-terminal.ts'
import type { ChatFlags } from '../chat/chat-flags.ts'
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
    .option('--message <text>', 'one turn for scripts: say this, print the answer', nonEmpty('--message'))
    .action(async (flags: ChatFlags) => {
      const { shell, output } = context
      const isTerminal = shell.stdout.isTTY && shell.stdin.isTTY && shell.env['TERM'] !== 'dumb'
      if (isTerminal && !output.json && flags.message === undefined) return chatOnTerminal(context, flags)
      throw new SparkyError('usage', 'expected a terminal to chat on, found none')
    })
}
