import type { Delta } from '../../protocol/event.ts'

/** Text that is still being written. Deltas may be lost: then the text goes on after a mark. */
export interface Stream {
  readonly text: string
  /** Where the next delta belongs, in UTF-16 units of the text as the model writes it. */
  readonly nextOffset: number
  /** When it began (ISO 8601); empty before the first delta. */
  readonly ts: string
}

export const emptyStream: Stream = { text: '', nextOffset: 0, ts: '' }

const maxStreamLength = 64_000
const lostMark = '…'

/** Puts a delta where its offset says: 0 starts anew, an overlap is written over, a gap is marked. */
export const appendToStream = (
  stream: Stream,
  delta: Extract<Delta, { type: 'message_delta' | 'thought_delta' }>,
): Stream => {
  const { text, offset } = delta.data
  if (offset === 0) return { text, nextOffset: text.length, ts: delta.ts }
  const overlap = stream.nextOffset - offset
  const before = overlap > 0 ? stream.text.slice(0, -overlap) : stream.text + (overlap < 0 ? lostMark : '')
  return {
    text: keepTail(before + text, maxStreamLength),
    nextOffset: offset + text.length,
    ts: stream.ts === '' ? delta.ts : stream.ts,
  }
}

/** The end of a text, without half a surrogate pair at its cut. */
export const keepTail = (text: string, maxLength: number): string => {
  if (text.length <= maxLength) return text
  const tail = text.slice(-maxLength)
  return /^[\uDC00-\uDFFF]/.test(tail) ? tail.slice(1) : tail
}
