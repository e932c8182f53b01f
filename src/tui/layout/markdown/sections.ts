export interface Section {
  readonly text: string
  readonly next: SectionStart
}

/** Where a section begins, and the fence of the code that it begins in; empty where it begins in none. */
export interface SectionStart {
  readonly from: number
  readonly openFence: string
}

export const textStart: SectionStart = { from: 0, openFence: '' }

/**
 * A Markdown text in sections of at most about `length` characters: cut at empty lines outside fenced code where there
 * are some, else at line breaks, else anywhere between two characters. A fence that is cut is opened anew. All but the
 * last section stay the same while the text grows.
 */
export function* sectionsOf(text: string, length: number, start = textStart): Generator<Section> {
  for (let { from, openFence } = start; from < text.length;) {
    const next = sectionEnd(text, { from, openFence }, length)
    yield { text: openFence + text.slice(from, next.from), next }
    ;({ from, openFence } = next)
  }
}

const sectionEnd = (text: string, start: SectionStart, length: number): SectionStart => {
  if (text.length - start.from <= length) return { from: text.length, openFence: '' }
  const limit = start.from + length
  let bestEnd = -1
  let { openFence } = start
  let at = start.from
  for (;;) {
    const newline = text.indexOf('\n', at)
    if (newline === -1 || newline >= limit) break
    const line = text.slice(at, newline + 1)
    openFence = fenceAfter(openFence, line)
    if (openFence === '' && line.trim() === '') bestEnd = newline + 1
    at = newline + 1
  }
  if (bestEnd !== -1) return { from: bestEnd, openFence: '' }
  if (at > start.from) return { from: at, openFence }
  const isPair = /[\uD800-\uDBFF]/.test(text[limit - 1] ?? '')
  return { from: isPair ? limit - 1 : limit, openFence }
}

const fenceAfter = (openFence: string, line: string): string => {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
  if (fence === undefined) return openFence
  if (openFence === '') return line.slice(0, 200).trimEnd() + '\n'
  return openFence.trimStart().startsWith(fence.slice(0, 3)) ? '' : openFence
}
