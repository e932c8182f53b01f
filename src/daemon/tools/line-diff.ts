const contextLines = 3
const maxLines = 60

/**
 * What changed between two texts as one hunk of a unified diff: everything from the first line that differs to the
 * last one, with three lines around it. At most 60 lines; null where nothing changed.
 */
export const oneHunk = (name: string, before: string, after: string): string | null => {
  if (before === after) return null
  const old = linesOf(before)
  const fresh = linesOf(after)
  const shorter = Math.min(old.length, fresh.length)
  let start = 0
  while (start < shorter && old[start] === fresh[start]) start += 1
  let same = 0
  while (same < shorter - start && old.at(-1 - same) === fresh.at(-1 - same)) same += 1
  const from = Math.max(0, start - contextLines)
  const behind = old.slice(old.length - same).slice(0, contextLines)
  const oldCount = old.length - same - from + behind.length
  const freshCount = fresh.length - same - from + behind.length
  const body = [
    ...old.slice(from, start).map((line) => ` ${line}`),
    ...old.slice(start, old.length - same).map((line) => `-${line}`),
    ...fresh.slice(start, fresh.length - same).map((line) => `+${line}`),
    ...behind.map((line) => ` ${line}`),
  ]
  const left = body.length - maxLines
  return [
    `--- ${name}`,
    `+++ ${name}`,
    `@@ -${from + 1},${oldCount} +${from + 1},${freshCount} @@`,
    ...body.slice(0, maxLines),
    ...(left > 0 ? [`… ${left} more lines`] : []),
  ].join('\n')
}

/** How many lines a text has; a last line without a line break counts. */
export const lineCount = (text: string): number => linesOf(text).length

const linesOf = (text: string): string[] => {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
