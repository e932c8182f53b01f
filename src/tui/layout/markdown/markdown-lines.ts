import { Lexer } from 'marked'
import { sanitize } from '../../../protocol/sanitize.ts'
import { plural } from '../format.ts'
import { span, type Line } from '../line.ts'
import { wrap } from '../wrap.ts'
import { blockLines } from './block-lines.ts'
import { sectionsOf, textStart, type SectionStart } from './sections.ts'

/** The parser's worst cases are quadratic: it is given pieces of a size that it has done with in milliseconds. */
const maxSectionLength = 8_000
const maxLength = 100_000
/** More signs of quotes and lists than these before a text are no writing: the parser would recurse for each. */
const tooDeep = /^[ \t]*(?:(?:[>*+-]|\d{1,9}[.)])[ \t]*){16}/m

/**
 * Markdown as rows of at most `width` columns, clean. What is no Markdown, or too hostile to parse, is shown as it was
 * written; so is HTML. Takes a bounded time, whatever the text: of a very long one only the beginning is laid out.
 */
export const markdownLines = (source: string, width: number): readonly Line[] => {
  const text = readable(source.slice(0, maxLength)).trimEnd()
  const lines: Line[] = []
  for (const section of sectionsOf(text, maxSectionLength)) lines.push(...sectionLines(section.text, width))
  const left = source.length - maxLength
  return left > 0 ? [...lines, [span(`… ${plural(left, 'more character')}`, 'dim')]] : lines
}

/**
 * The same for a text that is still growing: what its last part cannot change any more is laid out once, so that a
 * frame costs no more than the last few thousand characters.
 */
export const growingMarkdownLines = (name: string, source: string, width: number): readonly Line[] => {
  const known = settled.get(name)
  const isKnown = known?.width === width && source.startsWith(known.source)
  let { start, lines } = isKnown ? known : { start: textStart, lines: [] as readonly Line[] }
  for (const section of sectionsOf(source, maxSectionLength, start)) {
    const added = sectionLines(readable(section.text), width)
    if (section.next.from === source.length) return withoutEmptyEnd([...lines, ...added])
    lines = [...lines, ...added]
    start = section.next
    if (settled.size >= mostGrowing) settled.clear()
    settled.set(name, { source: source.slice(0, start.from), start, width, lines })
  }
  return withoutEmptyEnd(lines)
}

interface Settled {
  readonly source: string
  readonly start: SectionStart
  readonly width: number
  readonly lines: readonly Line[]
}

const mostGrowing = 16
const settled = new Map<string, Settled>()

const withoutEmptyEnd = (lines: readonly Line[]): readonly Line[] =>
  lines.slice(0, lines.findLastIndex((line) => line.length > 0) + 1)

const readable = (text: string): string => sanitize(text).replaceAll('\t', '    ')

const sectionLines = (text: string, width: number): readonly Line[] => {
  const setOff: readonly Line[] = text.endsWith('\n\n') ? [[]] : []
  if (!tooDeep.test(text)) {
    try {
      return [...blockLines(new Lexer().lex(text), width), ...setOff]
    } catch {
      // The parser gave up: the source is all there is.
    }
  }
  return [...wrap(text.trimEnd(), width).map((row): Line => [span(row)]), ...setOff]
}
