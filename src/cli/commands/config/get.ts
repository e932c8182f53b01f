import type { Command } from 'commander'
import { SparkyError } from '../../../protocol/failure.ts'
import type { Context } from '../../context.ts'
import { masked } from '../../../config/shown-config.ts'
import { valueText } from '../../output/config-text.ts'
import { loadUserConfig } from '../../user-config.ts'

export const define = (command: Command, context: Context): void => {
  command.argument('<key>', 'a dotted key, such as limits.max_steps').action(async (key: string) => {
    const value = (await loadUserConfig(context)).get(key)
    if (value === undefined) {
      throw new SparkyError('not_found', `${key} is not set`, {
        hint: `sparky config set ${key} VALUE sets it`,
      })
    }
    context.output.result(masked(key, value), () => valueText(masked(key, value)))
  })
}
