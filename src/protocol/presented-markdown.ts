import { asRows } from './plot.ts'
import type { Presentation } from './presentation.ts'
import type { Cell } from './presented-cell.ts'

/** What was presented as a table of Markdown below its title: what a document can hold of it. */
export const presentedMarkdown = ({ title, data }: Presentation): string => {
  const { columns, rows } = asRows(data)
  const head = `**${oneLine(title)}**`
  if (columns.length === 0) return `${head}\n\nNo data.`
  return [
    `${head}\n`,
    rowOf(columns),
    rowOf(columns.map(() => '---')),
    ...rows.map((row) => rowOf(row.map(textOf))),
  ].join('\n')
}

const rowOf = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`

const textOf = (value: Cell): string => (value === null ? '' : String(value))

const cell = (text: string): string => oneLine(text).replaceAll('\\', '\\\\').replaceAll('|', '\\|')

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
