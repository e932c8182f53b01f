import type { Command } from 'commander'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Context } from '../../context.ts'
import { inspectHere, type ModelReport } from '../../inspect-here.ts'
import { renderTable } from '../../output/table.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { output } = context
    const inspect = await inspectHere(context)
    const report = await inspect.models()
    const rows = inspect.modelRows(report)
    if (output.json) return output.value(rows)
    const cells = rows.map((row) => [
      { text: sanitizeLine(row.name) },
      {
        text: [row.chosen && 'used by default', row.default && "the provider's default"]
          .filter(Boolean)
          .join(', '),
      },
    ])
    for (const line of await renderTable(
      { heads: ['MODEL', ''], rows: cells, flexible: 1 },
      output.columns,
      output.style.dim,
    )) {
      output.line(line)
    }
    noteProblems(report, context)
  })
}

const noteProblems = ({ chosen, problem, providers }: ModelReport, { output }: Context): void => {
  const { dim, yellow } = output.noteStyle
  for (const row of providers) {
    if (row.problem !== null)
      output.note((row.configured ? yellow : dim)(sanitizeLine(`${row.provider}: ${row.problem}`)))
  }
  if (problem !== null) output.note(yellow(sanitizeLine(problem)))
  if (chosen !== null) output.note(dim(sanitizeLine(`Used by default: ${chosen.name} (${chosen.why}).`)))
}
