import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { loadUserConfig } from '../../user-config.ts'

export const define = (command: Command, context: Context): void => {
  command.argument('<key>', 'a dotted key, such as limits.max_steps').action(async (key: string) => {
    const userConfig = await loadUserConfig(context)
    userConfig.unset(key)
    context.output.result({ key, value: null }, () => `${key} is back at its default.`)
  })
}
