import { sanitize } from '../../../protocol/sanitize.ts'
import { plural } from '../format.ts'
import { span, type Line } from '../line.ts'
import { wrapLine } from '../wrap-line.ts'
import type { ChangedLine, Changes } from './changes.ts'
import { emphasised } from './changed-words.ts'

/** "+3 -1": how many lines came and went. */
export const changeCount = ({ rows }: Changes): string => {
  const count = (wanted: ChangedLine['sign']): number => rows.filter(({ sign }) => sign === wanted).length
  return `+${count('+')} -${count('-')}`
}

/** The changed lines with their signs and, where known, their numbers; at most so many rows, then how many are left. */
export const diffLines = ({ rows, more }: Changes, width: number, maxRows: number): readonly Line[] => {
  const shown = rows.slice(0, rows.length > maxRows ? maxRows : rows.length).map(clean)
  const numberWidth = Math.max(0, ...shown.map(({ number }) => String(number ?? '').length))
  const lines: Line[] = []
  emphasised(shown).forEach((text, index) => {
    const { sign, number } = shown[index] ?? { sign: ' ', number: null }
    const label = numberWidth === 0 ? '' : `${String(number ?? '').padStart(numberWidth)} `
    const tone = text[0]?.tone === 'dim' ? 'dim' : sign === '+' ? 'done' : sign === '-' ? 'failed' : 'dim'
    wrapLine(text, width - label.length - 2).forEach((part, row) => {
      const before = row === 0 ? label : ' '.repeat(label.length)
      lines.push([span(before, 'dim'), span(row === 0 ? `${sign} ` : '  ', tone), ...part])
    })
  })
  const left = rows.length - shown.length + more
  return left > 0 ? [...lines, [span(`… ${plural(left, 'more line')} ▸`, 'dim')]] : lines
}

const maxLineLength = 2_000

const clean = (line: ChangedLine): ChangedLine => ({
  ...line,
  text: sanitize(line.text.slice(0, maxLineLength).replace(/\r$/, '')).replaceAll('\t', '    '),
})
