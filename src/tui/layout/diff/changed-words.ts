import { diffWordsWithSpace } from 'diff'
import { span, type Line } from '../line.ts'
import type { ChangedLine } from './changes.ts'

const maxLength = 400

/**
 * For each line what of it changed stands out, where a line that was removed has one that came in its place and the two
 * have enough in common; else the whole line in one tone.
 */
export const emphasised = (rows: readonly ChangedLine[]): readonly Line[] => {
  const lines = rows.map(({ sign, text }): Line => [span(text, toneOf(sign))])
  for (let index = 0; index < rows.length; index++) {
    const removed = runLength(rows, index, '-')
    const added = runLength(rows, index + removed, '+')
    const pairs = removed === added ? removed : 0
    for (let pair = 0; pair < pairs; pair++) {
      const at = index + pair
      const both = wordsOf(rows[at]?.text ?? '', rows[at + removed]?.text ?? '')
      if (both === null) continue
      lines[at] = both.old
      lines[at + removed] = both.fresh
    }
    index += Math.max(0, removed + added - 1)
  }
  return lines
}

const runLength = (rows: readonly ChangedLine[], from: number, sign: ChangedLine['sign']): number => {
  let length = 0
  while (rows[from + length]?.sign === sign) length++
  return length
}

const wordsOf = (old: string, fresh: string): { old: Line; fresh: Line } | null => {
  if (old.length > maxLength || fresh.length > maxLength) return null
  const parts = diffWordsWithSpace(old, fresh)
  const common = parts.reduce(
    (sum, { added, removed, value }) => sum + (added || removed ? 0 : value.length),
    0,
  )
  if (common * 2 < Math.max(old.length, fresh.length)) return null
  return {
    old: parts.flatMap(({ added, removed, value }) =>
      added ? [] : [span(value, removed ? 'removed' : 'failed')],
    ),
    fresh: parts.flatMap(({ added, removed, value }) =>
      removed ? [] : [span(value, added ? 'added' : 'done')],
    ),
  }
}

const toneOf = (sign: ChangedLine['sign']) => (sign === '+' ? 'done' : sign === '-' ? 'failed' : 'dim')
