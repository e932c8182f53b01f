import { serveStdio } from '@modelcontextprotocol/server/stdio'
import type { Command } from 'commander'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Context } from '../../context.ts'
import { queueServer } from '../../mcp-server/queue-server.ts'

/** What still runs when nobody listens any more is left behind after this. */
const graceMs = 1_000

export const define = (command: Command, context: Context): void => {
  command.addHelpText('after', examples).action(async () => {
    const { stdin } = context.shell
    const ended = new Promise<void>((resolve) => {
      for (const event of ['end', 'close', 'error']) stdin.once(event, () => resolve())
    })
    const served = serveStdio(() => queueServer(context), {
      onerror: (error) => context.output.note(context.output.noteStyle.dim(oneLine(error))),
    })
    if (stdin.isTTY) context.output.note('Speaks MCP on stdin and stdout, for another agent. Ctrl+C ends it.')
    await ended
    await served.close()
    setTimeout(() => process.exit(0), graceMs).unref()
  })
}

/** Of what is no message, the checker says in many lines of JSON why. */
const oneLine = ({ message }: Error): string =>
  message.startsWith('[')
    ? 'passed over what is no message of the protocol'
    : sanitizeLine(message.split('\n', 1)[0] ?? '')

const examples = `
Another agent starts it: in its list of MCP servers, beside others,
  "sparky": {"command": "sparky", "args": ["mcp", "serve"]}`
