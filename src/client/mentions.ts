/** A file that a message names with `@`, and where. */
export interface Mention {
  /** As it is written, without `@` and quotes. */
  readonly path: string
  /** Whether it stands in quotes, so that nothing of it is punctuation. */
  readonly isQuoted: boolean
}

/**
 * The files that a message names: `@path`, or `@"a path with spaces"`, at the start of a word. An e-mail address names
 * none, and neither does code in backticks. Each once, in their order.
 */
export const mentionsIn = (text: string): readonly Mention[] => {
  const found = new Map<string, Mention>()
  for (const [, , quoted, bare] of withoutCode(text).matchAll(mention)) {
    const path = quoted ?? bare ?? ''
    if (path !== '' && !found.has(path)) found.set(path, { path, isQuoted: quoted !== undefined })
  }
  return [...found.values()]
}

/** A mention without the punctuation of the sentence that it ends. */
export const barePath = ({ path, isQuoted }: Mention): string =>
  isQuoted ? path : path.replace(/(?<=.)[.,;:!?)\]}>'’”…]+$/, '')

const mention = /(^|[\s([{<'"])@(?:"([^"\n]{1,1024})"|([^\s"@][^\s"]{0,1023}))/g

const fence = /^ {0,3}(`{3,}|~{3,})/

/** A fence that is never closed reaches to the end, as it is drawn. */
const withoutCode = (text: string): string => {
  let open: string | undefined
  const lines = text.split('\n').map((line) => {
    const [, marks] = fence.exec(line) ?? []
    if (open === undefined) {
      open = marks
      return marks === undefined ? withoutSpans(line) : ''
    }
    if (marks?.startsWith(open) && line.trim() === marks) open = undefined
    return ''
  })
  return lines.join('\n')
}

/** A line without what stands between two runs of equally many backticks. */
const withoutSpans = (line: string): string => {
  const runs = [...line.matchAll(/`+/g)]
  let kept = ''
  let from = 0
  for (let index = 0; index < runs.length; index++) {
    const [marks = ''] = runs[index] ?? []
    let close = index + 1
    while (close < runs.length && runs[close]?.[0] !== marks) close++
    if (close === runs.length) continue
    kept += line.slice(from, runs[index]?.index)
    from = (runs[close]?.index ?? 0) + marks.length
    index = close
  }
  return kept + line.slice(from)
}
