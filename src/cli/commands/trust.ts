import type { Command } from 'commander'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Context } from '../context.ts'
import { currentDirectory } from '../current-directory.ts'
import { parseDirectory } from '../flags.ts'
import { formatDateTime } from '../output/amounts.ts'
import { problemText } from '../output/problem-text.ts'
import { trustView } from '../output/trust-view.ts'
import { trustHere } from '../trust-here.ts'

interface Flags {
  readonly show?: boolean
  readonly revoke?: boolean | string
  readonly list?: boolean
}

export const define = (command: Command, context: Context): void => {
  command
    .argument('[directory]', 'a folder of the project (default: here)', parseDirectory('DIRECTORY'))
    .option('--show', 'only show what would be loaded')
    .option('--revoke [directory]', 'load nothing of it any more; also of a folder that is gone')
    .option('--list', 'list the projects that are trusted')
    .action(async (directory: string | undefined, flags: Flags) => {
      const { output } = context
      const trust = await trustHere(context)
      const place = (): string => directory ?? currentDirectory()
      if (flags.list === true) {
        const rows = trust
          .list()
          .map(({ root, trusted_at, servers }) => ({ project: root, trusted_at, servers }))
        if (output.json) return output.value(rows)
        if (rows.length === 0) return output.note('No project is trusted.')
        for (const { project, trusted_at } of rows) {
          output.line(`${formatDateTime(trusted_at)}  ${sanitizeLine(project)}`)
        }
        return
      }
      if (flags.revoke !== undefined) {
        const revoked = await trust.revoke(typeof flags.revoke === 'string' ? flags.revoke : place())
        return output.result(revoked, () => `${sanitizeLine(revoked.project)} is no longer trusted.`)
      }
      const report = flags.show === true ? trust.report(place()) : await trust.grant(place())
      output.result(report, () => trustView(report, output.style))
      for (const problem of report.problems) output.note(output.noteStyle.yellow(problemText(problem)))
    })
}
