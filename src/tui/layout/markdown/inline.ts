import type { Token, Tokens } from 'marked'
import { sanitize } from '../../../protocol/sanitize.ts'
import { span, type Line, type Span, type Tone } from '../line.ts'

const deepest = 12

/**
 * Inline Markdown as lines: one more at each line break that its author made. Every tone has a sign of its own or is
 * only weight, so that nothing is lost without it. Where text is nested too deep, its source is shown.
 */
export const inlineLines = (tokens: readonly Token[], tone: Tone = 'plain'): readonly Line[] => {
  const lines: Span[][] = [[]]
  for (const { text, tone: spanTone } of tokens.flatMap((token) => spansOf(token, tone, 0))) {
    // Clean source is not enough: the parser makes of `&#27;` what it stands for.
    const clean = sanitize(text).replaceAll('\t', '    ')
    clean.split('\n').forEach((part, index) => {
      if (index > 0) lines.push([])
      if (part !== '') lines.at(-1)?.push(span(part, spanTone))
    })
  }
  return lines
}

const spansOf = (token: Token, tone: Tone, depth: number): readonly Span[] => {
  const within = (innerTone: Tone): readonly Span[] => {
    const inner = 'tokens' in token ? (token.tokens ?? []) : []
    if (depth >= deepest) return [span(token.raw, innerTone)]
    return inner.flatMap((child) => spansOf(child, innerTone, depth + 1))
  }
  switch (token.type) {
    case 'strong':
      return within('strong')
    case 'em':
      return within(tone === 'strong' ? 'strong' : 'emphasis')
    case 'del':
      return [span('~', 'dim'), ...within(tone), span('~', 'dim')]
    case 'codespan':
      return [span('`', 'dim'), span((token as Tokens.Codespan).text, tone), span('`', 'dim')]
    case 'link':
      return linkSpans(token as Tokens.Link, within('link'))
    case 'image': {
      const { text, href } = token as Tokens.Image
      return [span(`[image: ${decoded(text)}] `, tone), span(`(${href})`, 'dim')]
    }
    case 'br':
      return [span('\n')]
    case 'text':
      return 'tokens' in token && token.tokens !== undefined
        ? within(tone)
        : [span(decoded((token as Tokens.Text).text), tone)]
    case 'escape':
      return [span((token as Tokens.Escape).text, tone)]
    case 'checkbox':
      return []
    default:
      // HTML and whatever else: as it was written.
      return [span(token.raw, tone)]
  }
}

/** The address stands beside the text: what is read is where it leads. */
const linkSpans = ({ href, text }: Tokens.Link, shown: readonly Span[]): readonly Span[] =>
  href === text || href === `mailto:${text}` || shown.length === 0
    ? [span(href, 'link')]
    : [...shown, span(` (${href})`, 'dim')]

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
}

const decoded = (text: string): string =>
  text.replaceAll(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => entities[entity] ?? entity)
