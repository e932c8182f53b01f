import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { SparkyError } from '../../../protocol/failure.ts'
import { sanitize } from '../../../protocol/sanitize.ts'
import type { Context } from '../../context.ts'
import { nonEmpty } from '../../flags.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<conversation>', 'its id, a unique prefix of it, or last')
    .option('--output <file>', 'write it there, in place of stdout', nonEmpty('--output'))
    .action(async (conversation_id: string, { output: file }: { readonly output?: string }) => {
      const { daemon, output } = context
      const markdown = await daemon.need((client) => client.call('exportConversation', { conversation_id }))
      if (file !== undefined) await write(file, markdown)
      if (output.json) return output.value({ markdown, file: file === undefined ? null : path.resolve(file) })
      if (file !== undefined) return output.note(`Written to ${file}.`)
      // A file gets it as it is; a terminal is not to obey what stands in it.
      const text = context.shell.stdout.isTTY ? sanitize(markdown) : markdown
      return output.flow(text.trimEnd())
    })
}

const write = async (file: string, markdown: string): Promise<void> => {
  try {
    await writeFile(file, markdown)
  } catch (error) {
    throw new SparkyError(
      'usage',
      `expected ${file} to be a file that can be written: ${(error as Error).message}`,
    )
  }
}
