/**
 * A Markdown text in sections of at most about `length` characters: cut at empty lines outside fenced code where there
 * are some, else at line breaks, else anywhere between two characters. A fence that is cut is opened anew.
 */
export function* sectionsOf(text: string, length: number): Generator<string> {
  let reopened = ''
  for (let from = 0; from < text.length;) {
    const { end, openFence } = sectionAt(text, from, length, reopened)
    yield reopened + text.slice(from, end)
    reopened = openFence
    from = end
  }
}

interface Section {
  readonly end: number
  /** The line that opened the fenced code in which the section ends, with its line break; else empty. */
  readonly openFence: string
}

const sectionAt = (text: string, from: number, length: number, reopened: string): Section => {
  if (text.length - from <= length) return { end: text.length, openFence: '' }
  const limit = from + length
  let bestEnd = -1
  let openFence = reopened
  let at = from
  for (;;) {
    const newline = text.indexOf('\n', at)
    if (newline === -1 || newline >= limit) break
    const line = text.slice(at, newline + 1)
    openFence = fenceAfter(openFence, line)
    if (openFence === '' && line.trim() === '') bestEnd = newline + 1
    at = newline + 1
  }
  if (bestEnd !== -1) return { end: bestEnd, openFence: '' }
  if (at > from) return { end: at, openFence }
  const isPair = /[\uD800-\uDBFF]/.test(text[limit - 1] ?? '')
  return { end: isPair ? limit - 1 : limit, openFence }
}

const fenceAfter = (openFence: string, line: string): string => {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
  if (fence === undefined) return openFence
  if (openFence === '') return line.slice(0, 200).trimEnd() + '\n'
  return openFence.trimStart().startsWith(fence.slice(0, 3)) ? '' : openFence
}
