export interface Section {
  readonly text: string
  readonly next: SectionStart
}

/** Where a section begins, and what it begins in the middle of: fenced code, or a table. */
export interface SectionStart {
  readonly from: number
  /** The line that opened the code, with its line break; empty where it is in none. */
  readonly openFence: string
  /** The first two lines of the table; empty where it is in none. */
  readonly tableHead: string
}

export const textStart: SectionStart = { from: 0, openFence: '', tableHead: '' }

/**
 * A Markdown text in sections of at most about `length` characters: cut at empty lines outside fenced code where there
 * are some, else at line breaks, else anywhere between two characters. Code and tables that are cut begin anew with
 * their first lines. All but the last section stay the same while the text grows.
 */
export function* sectionsOf(text: string, length: number, start = textStart): Generator<Section> {
  let at = start
  while (at.from < text.length) {
    const next = sectionEnd(text, at, length)
    yield { text: at.openFence + at.tableHead + text.slice(at.from, next.from), next }
    at = next
  }
}

const sectionEnd = (text: string, start: SectionStart, length: number): SectionStart => {
  if (text.length - start.from <= length) return { ...textStart, from: text.length }
  const limit = start.from + length
  let bestEnd = -1
  let { from: at, openFence, tableHead } = start
  let lineBefore = ''
  for (;;) {
    const newline = text.indexOf('\n', at)
    if (newline === -1 || newline >= limit) break
    const line = text.slice(at, newline + 1)
    openFence = fenceAfter(openFence, line)
    tableHead = openFence === '' ? headAfter(tableHead, lineBefore, line) : ''
    if (openFence === '' && line.trim() === '') bestEnd = newline + 1
    lineBefore = line
    at = newline + 1
  }
  if (bestEnd !== -1) return { ...textStart, from: bestEnd }
  if (at > start.from) return { from: at, openFence, tableHead }
  const isPair = /[\uD800-\uDBFF]/.test(text[limit - 1] ?? '')
  return { from: isPair ? limit - 1 : limit, openFence, tableHead: '' }
}

const longestHead = 2_000

const fenceAfter = (openFence: string, line: string): string => {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
  if (fence === undefined) return openFence
  if (openFence === '') return line.slice(0, 200).trimEnd() + '\n'
  return openFence.trimStart().startsWith(fence.slice(0, 3)) ? '' : openFence
}

const headAfter = (tableHead: string, lineBefore: string, line: string): string => {
  if (!line.includes('|')) return ''
  const isDelimiter = line.length < longestHead && /^[\s|:-]*-[\s|:-]*$/.test(line)
  const isHead =
    tableHead === '' && isDelimiter && lineBefore.includes('|') && lineBefore.length < longestHead
  return isHead ? lineBefore + line : tableHead
}
