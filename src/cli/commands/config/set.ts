import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { masked } from '../../../config/shown-config.ts'
import { valueText } from '../../output/config-text.ts'
import { loadUserConfig } from '../../user-config.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<key>', 'a dotted key, such as limits.max_steps')
    .argument('<value>', 'text, a number, or JSON')
    .action(async (key: string, text: string) => {
      const value = masked(key, (await loadUserConfig(context)).set(key, text))
      context.output.result({ key, value }, () => `${key} = ${valueText(value)}`)
    })
}
