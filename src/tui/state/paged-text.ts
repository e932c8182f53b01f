/** A long text in pieces that are each laid out in no time: its lines, and parts of those that are very long. */
export interface PagedText {
  readonly text: string
  /** Where each piece begins. */
  readonly starts: readonly number[]
  /** How many lines there are. */
  readonly lines: number
}

const maxPieceLength = 4_000
const lookBack = 200

export const pagedText = (text: string): PagedText => {
  const starts: number[] = []
  let lines = 0
  for (let from = 0; from <= text.length;) {
    const newline = text.indexOf('\n', from)
    const to = newline === -1 ? text.length : newline
    // A line break at the very end begins no line.
    if (newline === -1 && from === text.length && from > 0) break
    lines++
    for (let at = from; ; at = pieceEnd(text, at)) {
      starts.push(at)
      if (to - at <= maxPieceLength) break
    }
    from = to + 1
  }
  return { text, starts, lines }
}

export const pieceAt = ({ text, starts }: PagedText, index: number): string => {
  const from = starts[index] ?? text.length
  const to = starts[index + 1] ?? text.length
  return text.slice(from, to).replace(/\r?\n$/, '')
}

/** The piece in which a position is. */
export const pieceOf = ({ starts }: PagedText, position: number): number => {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((starts[middle] ?? 0) <= position) low = middle
    else high = middle - 1
  }
  return Math.max(0, low)
}

const pieceEnd = (text: string, from: number): number => {
  const end = from + maxPieceLength
  // Looks back no further than this: a line without spaces may be as long as the text.
  const space = text.slice(end - lookBack, end).lastIndexOf(' ')
  if (space !== -1) return end - lookBack + space + 1
  return /[\uD800-\uDBFF]/.test(text[end - 1] ?? '') ? end - 1 : end
}
