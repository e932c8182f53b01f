import type { Command } from 'commander'
import { exitCodes } from '../../protocol/failure.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Context } from '../context.ts'
import type { Check } from '../doctor/check.ts'
import { checkConfig } from '../doctor/config.ts'
import { checkDaemon } from '../doctor/daemon.ts'
import { checkDisk, checkHome, checkNode } from '../doctor/machine.ts'
import { checkServers } from '../doctor/mcp.ts'
import { checkNotifications } from '../doctor/notifications.ts'
import { checkProviders } from '../doctor/providers.ts'
import { repairHere } from '../doctor/repair.ts'
import { checkStoreFiles } from '../doctor/store.ts'
import { checkTerminal } from '../doctor/terminal.ts'

interface Flags {
  readonly repair?: boolean
}

export const define = (command: Command, context: Context): void => {
  command
    .option('--repair', 'mend a damaged store first, and keep what was damaged')
    .action(async (flags: Flags) => {
      const { output, shell } = context
      const checks: Check[] = []
      const add = (found: readonly Check[]): void => {
        checks.push(...found)
        if (!output.json) for (const check of found) output.line(checkText(check, context))
      }
      if (flags.repair === true) add(await repairHere(context))
      add([checkNode(), checkHome(shell.env), checkDisk(shell.env)])
      add([await checkConfig(context)])
      add(await checkDaemon(context))
      if (context.daemon.find() === null) add(await checkStoreFiles(context))
      add(await checkProviders(context))
      add(await checkServers(context))
      add([checkTerminal(shell), await checkNotifications(shell.env)])
      if (output.json) output.value(checks)
      context.exitCode = checks.some(({ status }) => status === 'fail') ? exitCodes.failed : exitCodes.ok
    })
}

const checkText = ({ name, status, message, hint }: Check, { output }: Context): string => {
  const { green, yellow, red, dim } = output.style
  const sign = { ok: green('✓ ok  '), warn: yellow('! warn'), fail: red('✗ fail') }[status]
  const line = `${sign}  ${name.padEnd(10)}  ${sanitizeLine(message)}`
  return hint === null ? line : `${line}\n${dim(`                    → ${sanitizeLine(hint)}`)}`
}
