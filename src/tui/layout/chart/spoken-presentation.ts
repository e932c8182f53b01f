import { asRows } from '../../../protocol/plot.ts'
import type { Presentation } from '../../../protocol/presentation.ts'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { plural } from '../format.ts'
import { cut } from '../line.ts'
import { exactText } from './number-text.ts'

const mostSpoken = { some: 5, whole: 200 }
const longestRow = 300

/** What was presented as sentences: a drawing says nothing aloud, its numbers do. The first rows, or all of them. */
export const spokenPresentation = ({ title, data }: Presentation, isWhole: boolean): readonly string[] => {
  const { columns, rows } = asRows(data)
  const most = isWhole ? mostSpoken.whole : mostSpoken.some
  const left = rows.length - most
  return [
    `Shown: ${clean(title)}, ${plural(rows.length, 'row')}`,
    ...rows.slice(0, most).map((row) => {
      const [first = '', ...others] = row.map((cell) =>
        typeof cell === 'number' ? exactText(cell) : clean(String(cell ?? 'nothing')),
      )
      const facts = others.map((text, index) => `${clean(columns[index + 1] ?? '')} ${text}`)
      return cut(facts.length === 0 ? first : `${first}: ${facts.join(', ')}`, longestRow)
    }),
    ...(left > 0 ? [`${plural(left, 'more row')}.`] : []),
  ]
}

const clean = (text: string): string => sanitizeLine(text).trim()
