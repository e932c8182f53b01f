import { Lexer } from 'marked'
import { sanitize } from '../../../protocol/sanitize.ts'
import { plural } from '../format.ts'
import { span, type Line } from '../line.ts'
import { wrap } from '../wrap.ts'
import { blockLines } from './block-lines.ts'
import { sectionsOf } from './sections.ts'

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
  const lines: Line[] = []
  for (const section of sectionsOf(readable(source.slice(0, maxLength)).trimEnd(), maxSectionLength)) {
    lines.push(...sectionLines(section, width))
    if (section.endsWith('\n\n')) lines.push([])
  }
  const left = source.length - maxLength
  return left > 0 ? [...lines, [span(`… ${plural(left, 'more character')}`, 'dim')]] : lines
}

/**
 * The same for a text that is still growing: what its last parts cannot change any more is laid out once, so that each
 * frame costs no more than the last few thousand characters.
 */
export const growingMarkdownLines = (name: string, source: string, width: number): readonly Line[] => {
  const known = settled.get(name)
  const isKnown = known?.width === width && source.startsWith(known.source)
  const part = isKnown ? known : { source: '', width, lines: [] }
  const rest = source.slice(part.source.length)
  const [first = ''] = sectionsOf(rest, maxSectionLength)
  if (first.length === rest.length || !first.endsWith('\n\n')) {
    return [...part.lines, ...markdownLines(rest, width)]
  }
  const lines = [...part.lines, ...markdownLines(first, width), []]
  if (settled.size >= mostGrowing) settled.clear()
  settled.set(name, { source: part.source + first, width, lines })
  return growingMarkdownLines(name, source, width)
}

const mostGrowing = 16
const settled = new Map<string, { source: string; width: number; lines: readonly Line[] }>()

const readable = (text: string): string => sanitize(text).replaceAll('\t', '    ')

const sectionLines = (text: string, width: number): readonly Line[] => {
  if (!tooDeep.test(text)) {
    try {
      return blockLines(new Lexer().lex(text), width)
    } catch {
      // The parser gave up: the source is all there is.
    }
  }
  return wrap(text.trimEnd(), width).map((row) => [span(row)])
}
