import { counted } from './counted.ts'

/** What one result may cost the model's context, in UTF-16 units: about 4,000 tokens of English text. */
export const modelLimitChars = 16_000
/** A larger result stands in its event cut to head and tail. */
export const eventLimitBytes = 64 * 1024
/** What is kept of a result at all. */
export const keptLimitBytes = 10 * 1024 * 1024

/** Text with every lone surrogate replaced, so that it survives UTF-8 and JSON in any language. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD')

/**
 * The text as the model sees it: whole up to 16,000 characters, else head and tail around a note that says what
 * is missing and, with `readOn` (one sentence), how to see it. Never longer than the limit.
 */
export const cutForModel = (text: string, readOn?: string): string => {
  if (text.length <= modelLimitChars) return text
  const noteRoom = 200 + (readOn?.length ?? 0)
  const head = headOf(text, Math.floor((modelLimitChars - noteRoom) * 0.7))
  const tail = tailOf(text, Math.floor((modelLimitChars - noteRoom) * 0.3))
  const missing = text.slice(head.length, text.length - tail.length)
  const size = `${counted(missing.length, 'character')}, ${counted(lineBreaks(missing), 'line')}`
  return around(head, `[… ${size} left out here …${readOn === undefined ? '' : ` ${readOn}`}]`, tail)
}

export interface EventCut {
  readonly text: string
  readonly truncated: boolean
  /** Size of the whole text in UTF-8 bytes. */
  readonly bytes: number
}

/** The text as it stands in an event: whole up to 64 KiB, else head and tail around a note. */
export const cutForEvent = (text: string): EventCut => cutBytes(text, eventLimitBytes)

/** Head and tail of a text that is larger than `maxBytes` in UTF-8; never splits a character. */
export const cutBytes = (text: string, maxBytes: number): EventCut => {
  const bytes = Buffer.byteLength(text)
  if (bytes <= maxBytes) return { text, truncated: false, bytes }
  const all = Buffer.from(text)
  const room = maxBytes - 100
  const head = wholeLines(all.subarray(0, characterStart(all, Math.floor(room * 0.75))).toString(), 'head')
  const tail = wholeLines(
    all.subarray(characterStart(all, bytes - Math.floor(room * 0.25))).toString(),
    'tail',
  )
  const missing = bytes - Buffer.byteLength(head) - Buffer.byteLength(tail)
  return {
    text: around(head, `[… ${counted(missing, 'byte')} left out here …]`, tail),
    truncated: true,
    bytes,
  }
}

/** The first `maxChars` of a text, to the last whole line where that costs little; never splits a character. */
export const headOf = (text: string, maxChars: number): string => {
  if (text.length <= maxChars) return text
  const end = isLowSurrogate(text, maxChars) ? maxChars - 1 : maxChars
  return wholeLines(text.slice(0, end), 'head')
}

const tailOf = (text: string, maxChars: number): string => {
  const start = text.length - maxChars
  return wholeLines(text.slice(isLowSurrogate(text, start) ? start + 1 : start), 'tail')
}

const around = (head: string, note: string, tail: string): string =>
  `${head.replace(/\n$/, '')}\n${note}\n${tail}`

/** Drops the line that a cut has split, unless it is a large part of what there is. */
const wholeLines = (text: string, part: 'head' | 'tail'): string => {
  if (part === 'head') {
    const end = text.lastIndexOf('\n') + 1
    return end > text.length * 0.75 ? text.slice(0, end) : text
  }
  const start = text.indexOf('\n') + 1
  return start < text.length * 0.25 ? text.slice(start) : text
}

const isLowSurrogate = (text: string, index: number): boolean => {
  const unit = text.charCodeAt(index)
  return unit >= 0xdc00 && unit <= 0xdfff
}

/** The nearest start of a UTF-8 character at or before an offset. */
const characterStart = (bytes: Uint8Array, offset: number): number => {
  let start = offset
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1
  return start
}

const lineBreaks = (text: string): number => {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}
