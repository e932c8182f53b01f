/** Where characters (as they are drawn), words and lines of a text begin and end. Positions in UTF-16 units. */

const graphemes = new Intl.Segmenter()
/** No character that anybody writes is longer; what comes before is not looked at. */
const window = 1024

export const characterBefore = (text: string, at: number): number => {
  if (at <= 1) return 0
  if (isAscii(text, at - 1) && isAscii(text, at - 2)) return at - 1
  const from = Math.max(0, at - window)
  let before = from
  for (const { index } of graphemes.segment(text.slice(from, at))) before = from + index
  return before
}

export const characterAfter = (text: string, at: number): number => {
  if (at >= text.length) return text.length
  if (isAscii(text, at) && (at + 1 >= text.length || isAscii(text, at + 1))) return at + 1
  const [first] = graphemes.segment(text.slice(at, at + window))
  return at + (first?.segment.length ?? 1)
}

export const wordBefore = (text: string, at: number): number => {
  let from = at
  while (from > 0 && !isWordAt(text, pointBefore(text, from))) from = pointBefore(text, from)
  while (from > 0 && isWordAt(text, pointBefore(text, from))) from = pointBefore(text, from)
  return from
}

export const wordAfter = (text: string, at: number): number => {
  let to = at
  while (to < text.length && !isWordAt(text, to)) to = pointAfter(text, to)
  while (to < text.length && isWordAt(text, to)) to = pointAfter(text, to)
  return to
}

/** Where the white space before `at`, and what stands before that up to white space, begins. */
export const bigWordBefore = (text: string, at: number): number => {
  let from = at
  while (from > 0 && isSpaceAt(text, from - 1)) from--
  while (from > 0 && !isSpaceAt(text, from - 1)) from--
  return from
}

export const lineStart = (text: string, at: number): number =>
  at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1

export const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

const isAscii = (text: string, at: number): boolean => text.charCodeAt(at) < 0x80

const pointBefore = (text: string, at: number): number =>
  at > 1 && isHighSurrogate(text.charCodeAt(at - 2)) && !isHighSurrogate(text.charCodeAt(at - 1))
    ? at - 2
    : at - 1

const pointAfter = (text: string, at: number): number => at + ((text.codePointAt(at) ?? 0) > 0xff_ff ? 2 : 1)

const isHighSurrogate = (unit: number): boolean => unit >= 0xd8_00 && unit < 0xdc_00

const isWordAt = (text: string, at: number): boolean =>
  /[\p{L}\p{N}\p{M}_]/u.test(String.fromCodePoint(text.codePointAt(at) ?? 0))

const isSpaceAt = (text: string, at: number): boolean => /\s/.test(text[at] ?? '')
