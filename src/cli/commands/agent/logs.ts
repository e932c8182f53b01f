import type { Command } from 'commander'
import { homePaths, sparkyHome } from '../../../config/home.ts'
import { readTail } from '../../../client/daemon-log.ts'
import { followFile } from '../../../client/follow-file.ts'
import type { Context } from '../../context.ts'
import { wholeNumber } from '../../flags.ts'
import { logLineJson, logLineText } from '../../output/log-line.ts'

interface Flags {
  readonly lines: number
  readonly follow?: boolean
}

export const define = (command: Command, context: Context): void => {
  command
    .option('-n, --lines <n>', 'how many lines', wholeNumber('--lines', { min: 0 }), 50)
    .option('-f, --follow', 'go on with what comes')
    .action(async ({ lines, follow }: Flags) => {
      const { output, shell } = context
      const file = homePaths(sparkyHome(shell.env)).daemonLog
      const show = (line: string): Promise<void> =>
        output.flow(output.json ? logLineJson(line) : logLineText(line, output.style))
      const { text, endByte } = readTail(file, lines)
      if (text.length === 0 && !follow && lines > 0) output.note(`There is nothing in ${file} yet.`)
      for (const line of text) await show(line)
      if (follow) for await (const line of followFile(file, endByte)) await show(line)
    })
}
