import type { Command } from 'commander'
import { SparkyError } from '../../../protocol/failure.ts'
import type { Context } from '../../context.ts'
import { nonEmpty, oneOf, parseDirectory, parseLabel, repeated, wholeNumber } from '../../flags.ts'
import { serverDesk } from '../../mcp-here.ts'

interface Flags {
  readonly url?: string
  readonly transport?: 'http' | 'sse'
  readonly header?: readonly (readonly [name: string, value: string])[]
  readonly env?: readonly (readonly [name: string, value: string])[]
  readonly cwd?: string
  readonly timeout?: number
  readonly project?: boolean
  readonly replace?: boolean
}

export const define = (command: Command, context: Context): void => {
  command
    .argument('<name>', 'what it is called; its tools are called mcp__NAME__TOOL')
    .argument('[command...]', 'after --: the command that starts it, with its arguments')
    .option('--url <url>', 'the address of a server on the network', nonEmpty('--url'))
    .option(
      '--transport <kind>',
      'http or sse; left out: whichever it speaks',
      oneOf('--transport', ['http', 'sse']),
    )
    .option('--header <header>', '"Name: value" for every request (repeatable)', repeated(parseHeader))
    .option('--env <name=value>', 'a variable of its environment (repeatable)', repeated(parseLabel('--env')))
    .option(
      '--cwd <dir>',
      "where it works; left out: the project's folder, else the task's",
      parseDirectory('--cwd'),
    )
    .option(
      '--timeout <ms>',
      'how long a call may be silent',
      wholeNumber('--timeout', { min: 1, max: 86_400_000 }),
    )
    .option('--project', 'into the .mcp.json of this project, for everyone who works on it')
    .option('--replace', 'take the place of the server of this name')
    .addHelpText('after', examples)
    .action(async (name: string, words: string[], flags: Flags) => {
      const { output } = context
      const row = await (
        await serverDesk(context)
      ).add({
        name,
        project: flags.project === true,
        definition: definitionOf(words, flags),
        replace: flags.replace === true,
      })
      output.result(row, () => `MCP server ${name} added to ${row.file}. "sparky mcp test ${name}" tries it.`)
      if (row.problem !== null) output.note(output.noteStyle.yellow(row.problem))
    })
}

const examples = `
Examples:
  sparky mcp add files -- npx -y @modelcontextprotocol/server-filesystem ~/notes
  sparky mcp add issues --url https://mcp.example.com/mcp --header 'Authorization: Bearer \${ISSUES_TOKEN}'`

const parseHeader = (text: string): readonly [name: string, value: string] => {
  const [, name, value] = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):\s*(\S.*)$/.exec(text) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  throw new SparkyError('usage', `expected --header to be "Name: value", found "${text}"`)
}

const definitionOf = (words: readonly string[], { url, transport, header, env, cwd, timeout }: Flags) => {
  const [program, ...args] = words
  const common = timeout === undefined ? {} : { timeout }
  if (url !== undefined) {
    refuse('--url', { 'a command': words.length > 0, '--env': env !== undefined, '--cwd': cwd !== undefined })
    return {
      ...(transport === undefined ? {} : { type: transport }),
      url,
      ...(header === undefined ? {} : { headers: Object.fromEntries(header) }),
      ...common,
    }
  }
  if (program === undefined) {
    throw new SparkyError('usage', 'expected a command after --, or --url, found neither', {
      hint: 'sparky mcp add NAME -- COMMAND ARGS…',
    })
  }
  refuse('a command', { '--transport': transport !== undefined, '--header': header !== undefined })
  return {
    command: program,
    ...(args.length === 0 ? {} : { args }),
    ...(env === undefined ? {} : { env: Object.fromEntries(env) }),
    ...(cwd === undefined ? {} : { cwd }),
    ...common,
  }
}

const refuse = (what: string, others: Readonly<Record<string, boolean>>): void => {
  const [found] = Object.entries(others).filter(([, given]) => given)
  if (found !== undefined) throw new SparkyError('usage', `${found[0]} does not go with ${what}`)
}
