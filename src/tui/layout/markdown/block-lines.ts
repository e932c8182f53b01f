import type { Token, Tokens } from 'marked'
import { lineWidth, rule, span, type Line } from '../line.ts'
import { wrap } from '../wrap.ts'
import { wrapLine } from '../wrap-line.ts'
import { inlineLines } from './inline.ts'
import { tableLines } from './table-lines.ts'

const deepest = 12
const narrowest = 12

/** Blocks of Markdown below each other, with an empty row between where the author left one. */
export const blockLines = (tokens: readonly Token[], width: number, depth = 0): readonly Line[] => {
  const lines: Line[] = []
  for (const token of tokens) {
    if (token.type === 'space') {
      if (lines.length > 0) lines.push([])
    } else lines.push(...linesOf(token, width, depth))
    // Headings and some others take the empty line after them along.
    if (token.type !== 'space' && /\n[ \t]*\n[ \t]*$/.test(token.raw.slice(-40))) lines.push([])
  }
  while (lines.at(-1)?.length === 0) lines.pop()
  return lines
}

const linesOf = (token: Token, width: number, depth: number): readonly Line[] => {
  if (depth >= deepest || width < narrowest) return sourceLines(token.raw, width)
  switch (token.type) {
    case 'heading': {
      const { depth: level, tokens } = token as Tokens.Heading
      return beside(
        [span(`${'#'.repeat(level)} `, 'dim')],
        wrapped(inlineLines(tokens, 'strong'), width - level - 1),
      )
    }
    case 'paragraph':
    case 'text':
      return wrapped(inlineLines('tokens' in token && token.tokens ? token.tokens : [token]), width)
    case 'code':
      return codeLines(token as Tokens.Code, width)
    case 'list':
      return listLines(token as Tokens.List, width, depth)
    case 'blockquote':
      return prefixed(
        [span('┃ ', 'dim')],
        blockLines((token as Tokens.Blockquote).tokens, width - 2, depth + 1),
      )
    case 'table':
      return tableLines(token as Tokens.Table, width)
    case 'hr':
      return [rule(width)]
    case 'checkbox':
      return []
    default:
      // HTML, definitions of links and whatever else: as it was written.
      return sourceLines(token.raw, width)
  }
}

const wrapped = (lines: readonly Line[], width: number): readonly Line[] =>
  lines.flatMap((line) => wrapLine(line, width))

const sourceLines = (source: string, width: number): readonly Line[] =>
  wrap(source.replace(/\n+$/, ''), width).map((row) => [span(row)])

/** In a frame that is open to the right, so that long lines have room. The language stands on its edge. */
const codeLines = ({ text, lang }: Tokens.Code, width: number): readonly Line[] => [
  [span(lang ? `┌ ${lang.slice(0, width - 4)}` : '┌', 'dim')],
  ...wrap(text, width - 2).map((row): Line => [span('│ ', 'dim'), span(row)]),
  [span('└', 'dim')],
]

const listLines = ({ items, ordered, start }: Tokens.List, width: number, depth: number): readonly Line[] => {
  const first = typeof start === 'number' ? start : 1
  const lastNumber = `${first + items.length - 1}. `
  return items.flatMap((item, index): readonly Line[] => {
    const bullet = ordered ? `${first + index}. `.padStart(lastNumber.length) : '• '
    const sign = item.task ? `${bullet}[${item.checked === true ? 'x' : ' '}] ` : bullet
    const lines = blockLines(item.tokens, width - sign.length, depth + 1)
    const isSetOff = item.loose && index < items.length - 1
    return [...beside([span(sign, 'dim')], lines.length === 0 ? [[]] : lines), ...(isSetOff ? [[]] : [])]
  })
}

/** A sign before the first row, and as much space before the others. */
const beside = (sign: Line, lines: readonly Line[]): readonly Line[] => {
  const blank = span(' '.repeat(lineWidth(sign)))
  return lines.map((line, index) =>
    index === 0 ? [...sign, ...line] : line.length === 0 ? [] : [blank, ...line],
  )
}

const prefixed = (sign: Line, lines: readonly Line[]): readonly Line[] =>
  lines.map((line) => [...sign, ...line])
