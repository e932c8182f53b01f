import type { Command } from 'commander'
import type { Json } from '../../../protocol/task.ts'
import type { Context } from '../../context.ts'
import { flatten } from '../../../config/shown-config.ts'
import { valueText } from '../../output/config-text.ts'
import { loadUserConfig } from '../../user-config.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { output } = context
    const rows = flatten((await loadUserConfig(context)).all() as Json).filter(([key]) => key !== '')
    if (output.json) return output.value(rows.map(([key, value]) => ({ key, value })))
    if (rows.length === 0) return output.note('Nothing is set: everything is at its default.')
    for (const [key, value] of rows) output.line(`${key} = ${valueText(value)}`)
  })
}
