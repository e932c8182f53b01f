import type { Command } from 'commander'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Context } from '../../context.ts'
import { inspectHere, type ModelReport } from '../../inspect-here.ts'
import { renderTable } from '../../output/table.ts'

interface ModelRow {
  readonly name: string
  readonly provider: string
  /** Whether it is what its provider's key alone gives. */
  readonly default: boolean
  /** Whether a task that names no model would get it here. */
  readonly chosen: boolean
}

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { output } = context
    const report = await (await inspectHere(context)).models()
    const rows = rowsOf(report)
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

/** Exported for tests. */
export const rowsOf = ({ chosen, providers }: ModelReport): ModelRow[] =>
  providers
    .filter(({ configured }) => configured)
    .flatMap(({ provider, models, default_model }) =>
      [...new Set([...(default_model === null ? [] : [default_model]), ...models])].map((name) => ({
        name,
        provider,
        default: name === default_model,
        chosen: name === chosen?.name,
      })),
    )

const noteProblems = ({ chosen, problem, providers }: ModelReport, { output }: Context): void => {
  const { dim, yellow } = output.noteStyle
  for (const row of providers) {
    if (row.problem !== null)
      output.note((row.configured ? yellow : dim)(sanitizeLine(`${row.provider}: ${row.problem}`)))
  }
  if (problem !== null) output.note(yellow(sanitizeLine(problem)))
  if (chosen !== null) output.note(dim(sanitizeLine(`Used by default: ${chosen.name} (${chosen.why}).`)))
}
