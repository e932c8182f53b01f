/** Plain text, and how it is coloured once its width is known. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

export interface Table {
  readonly heads: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** The column that gives way when a row is too wide. */
  readonly flexible: number
}

const gap = '  '
const narrowest = 10

/** Lines of a table, its heads first, none wider than `columns`. Cells must be clean and on one line. */
export const renderTable = async (
  { heads, rows, flexible }: Table,
  columns: number,
  paintHead: (text: string) => string,
): Promise<string[]> => {
  const { widthOf, cutTo } = await measures(rows)
  const widths = heads.map((head, index) =>
    Math.max(head.length, ...rows.map((row) => widthOf(row[index]?.text ?? ''))),
  )
  const others = widths.reduce((sum, width, index) => sum + (index === flexible ? 0 : width + gap.length), 0)
  widths[flexible] = Math.min(widths[flexible] ?? 0, Math.max(narrowest, columns - others))
  const line = (cells: readonly Cell[]): string =>
    cells
      .map(({ text, paint }, index) => {
        const shown = index === flexible ? cutTo(text, widths[index] ?? 0) : text
        const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(shown)))
        return (paint?.(shown) ?? shown) + padding
      })
      .join(gap)
      .trimEnd()
  return [line(heads.map((text) => ({ text, paint: paintHead }))), ...rows.map(line)]
}

interface Measures {
  readonly widthOf: (text: string) => number
  readonly cutTo: (text: string, columns: number) => string
}

/** Every character that Sparky itself writes into a table is one column wide. */
const simple = /^[\u0020-\u007e·…●✓✗⊘⏸○]*$/

const plainMeasures: Measures = {
  widthOf: (text) => text.length,
  cutTo: (text, columns) => (text.length <= columns ? text : `${text.slice(0, columns - 1)}…`),
}

const measures = async (rows: Table['rows']): Promise<Measures> =>
  rows.every((row) => row.every(({ text }) => simple.test(text))) ? plainMeasures : import('./width.ts')
