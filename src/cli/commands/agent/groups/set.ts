import type { Command } from 'commander'
import { SparkyError } from '../../../../protocol/failure.ts'
import { sanitizeLine } from '../../../../protocol/sanitize.ts'
import type { Context } from '../../../context.ts'
import { nonEmpty, wholeNumber } from '../../../flags.ts'
import { loadUserConfig } from '../../../user-config.ts'

interface Flags {
  readonly concurrency?: number | 'none'
}

export const define = (command: Command, context: Context): void => {
  command
    .argument('<name>', 'the name of the group', nonEmpty('NAME'))
    .option('--concurrency <n>', 'how many of its tasks run at a time; "none": no limit of its own', limit)
    .action(async (name: string, { concurrency }: Flags) => {
      if (concurrency === undefined) {
        throw new SparkyError('usage', 'expected something to set, found no flag', {
          hint: 'for example: sparky agent groups set docs --concurrency 1',
        })
      }
      const most = concurrency === 'none' ? null : concurrency
      const userConfig = await loadUserConfig(context)
      userConfig.setGroupConcurrency(name, most)
      context.output.result({ name, concurrency: most }, () =>
        most === null
          ? `Group "${sanitizeLine(name)}" has no limit of its own.`
          : `Group "${sanitizeLine(name)}" runs at most ${most} at a time.`,
      )
    })
}

const limit = (text: string): number | 'none' =>
  text === 'none' ? text : wholeNumber('--concurrency', { min: 1 })(text)
