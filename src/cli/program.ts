import { Command, CommanderError } from 'commander'
import { SparkyError } from '../protocol/failure.ts'
import { version } from '../protocol/version.ts'
import { defineCommands } from './commands.ts'
import type { Context } from './context.ts'

/** Whether errors are to be JSON, which must be known before the rest is understood. */
export const wantsJson = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json')
}

/** Parses and runs one command line. Rejects with what went wrong; bad usage is a `usage` error. */
export const runProgram = async (argv: readonly string[], context: Context): Promise<void> => {
  const words = argv.filter((word) => !word.startsWith('-'))
  // commander's own help command knows only the first word of "help agent tasks add".
  if (words[0] === 'help') return runProgram([...words.slice(1), '--help'], context)
  const program = await buildProgram(context, words)
  if (argv.length === 0) return program.outputHelp()
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return
    throw toUsageError(error, words)
  }
}

/** The tree of commands, as far as `words` need it. */
export const buildProgram = async (context: Context, words: readonly string[] | 'all'): Promise<Command> => {
  const program = new Command('sparky')
    .description('A durable task queue for AI agents on your own machine.')
    .version(version, '-V, --version', 'print the version')
    .option('--json', 'print JSON')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.shell.stdout.write(text),
      // What is wrong is said once, by main.
      writeErr: () => {},
    })
    .addHelpText('after', examples)
  await defineCommands(program, context, words)
  return program
}

const examples = `
Examples:
  sparky run "List all files in the current directory"
  sparky agent tasks add "Summarise README.md" --priority 5
  sparky watch
  sparky doctor`

/** commander's own words, as a sentence and a hint. */
const toUsageError = ({ code, message }: CommanderError, words: readonly string[]): SparkyError => {
  if (code === 'commander.help') {
    const group = words.join(' ')
    return new SparkyError('usage', `expected a command after "sparky ${group}", found none`, {
      hint: `sparky ${group} --help lists them`,
    })
  }
  const [sentence = '', suggestion] = message
    .replace(/^error: /, '')
    .replaceAll("'", '"')
    .split('\n')
  return new SparkyError('usage', sentence, {
    hint: suggestion?.replace(/^\((.*)\)$/, '$1') ?? hintFor(code),
  })
}

const hintFor = (code: string): string =>
  code === 'commander.unknownOption'
    ? 'sparky help COMMAND shows the flags; put "--" before a text that starts with a dash'
    : 'sparky --help lists the commands, sparky help COMMAND shows how one is used'
