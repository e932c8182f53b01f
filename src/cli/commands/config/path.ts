import type { Command } from 'commander'
import { homePaths, sparkyHome } from '../../../config/home.ts'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Context } from '../../context.ts'

export const define = (command: Command, context: Context): void => {
  command.action(() => {
    const path = homePaths(sparkyHome(context.shell.env)).config
    context.output.result(path, () => sanitizeLine(path))
  })
}
