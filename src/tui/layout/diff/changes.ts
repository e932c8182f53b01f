import { diffArrays } from 'diff'
import type { Json } from '../../../protocol/task.ts'
import type { CallEntry } from '../../state/entry.ts'

/** What a call changed in a file, line by line. */
export interface Changes {
  readonly rows: readonly ChangedLine[]
  /** Lines that are not in `rows`. */
  readonly more: number
}

export interface ChangedLine {
  readonly sign: ' ' | '+' | '-' | '⋮'
  /** Its number in the file as it is now, of a removed one as it was; null where that is not known. */
  readonly number: number | null
  readonly text: string
}

const known = new WeakMap<CallEntry, Changes | null>()

/** From the diff that the tool recorded, or from what the call wants to write; null where nothing is known to change. */
export const changesOf = (entry: CallEntry): Changes | null => {
  const before = known.get(entry)
  if (before !== undefined) return before
  const changes = readChanges(entry)
  known.set(entry, changes)
  return changes
}

/** Line by line what changed, without the long stretches that did not. */
export const compareLines = (old: readonly string[], fresh: readonly string[], at: Start): ChangedLine[] => {
  const parts = diffArrays([...old], [...fresh], { maxEditLength: 2_000, timeout: 100 })
  let { oldNumber, number } = at
  const rows: ChangedLine[] = []
  for (const { value, added, removed } of parts ?? crude(old, fresh)) {
    for (const text of value) {
      const sign = added ? '+' : removed ? '-' : ' '
      rows.push({ sign, number: sign === '-' ? oldNumber : number, text })
      if (sign !== '+' && oldNumber !== null) oldNumber++
      if (sign !== '-' && number !== null) number++
    }
  }
  return withoutLongStretches(rows)
}

interface Start {
  readonly oldNumber: number | null
  readonly number: number | null
}

const contextLines = 3
const mostLines = 4_000

const readChanges = ({ name, args, outcome }: CallEntry): Changes | null => {
  const given = typeof args === 'object' && args !== null && !Array.isArray(args) ? args : {}
  const { old_text: oldText, new_text: newText, content } = given
  const diff = outcome?.details['diff']
  if (typeof diff === 'string') {
    const hunk = readHunk(diff)
    const isWhole = hunk.more === 0 || typeof oldText !== 'string' || typeof newText !== 'string'
    if (isWhole) return { rows: compareLines(hunk.old, hunk.fresh, hunk), more: hunk.more }
    return editOf(oldText, newText, hunk.firstChange)
  }
  if (outcome !== null && outcome.status !== 'ok') return null
  if (name === 'edit_file' && typeof oldText === 'string' && typeof newText === 'string') {
    return editOf(oldText, newText, null)
  }
  const isNew = outcome === null || outcome.details['created'] === true
  return name === 'write_file' && isNew ? written(content) : null
}

interface Hunk {
  readonly old: readonly string[]
  readonly fresh: readonly string[]
  readonly oldNumber: number | null
  readonly number: number | null
  /** Number of the first line that changed. */
  readonly firstChange: number | null
  readonly more: number
}

/** One hunk of a unified diff; what is none is taken as lines that did not change. */
const readHunk = (diff: string): Hunk => {
  const lines = diff.split('\n', mostLines)
  const start = lines.findIndex((line) => line.startsWith('@@'))
  const [, from = null, to = null] = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(lines[start] ?? '') ?? []
  const body = lines.slice(start + 1)
  const more = /^… (\d+) more lines$/.exec(body.at(-1) ?? '')?.[1]
  if (more !== undefined) body.pop()
  const unchanged = body.findIndex((line) => line.startsWith('+') || line.startsWith('-'))
  const number = to === null ? null : Number(to)
  return {
    old: body.filter((line) => !line.startsWith('+')).map((line) => line.slice(1)),
    fresh: body.filter((line) => !line.startsWith('-')).map((line) => line.slice(1)),
    oldNumber: from === null ? null : Number(from),
    number,
    firstChange: number === null ? null : number + Math.max(0, unchanged),
    more: Number(more ?? 0),
  }
}

const editOf = (oldText: string, newText: string, firstChange: number | null): Changes => {
  const old = linesOf(oldText)
  const fresh = linesOf(newText)
  let same = 0
  while (same < Math.min(old.lines.length, fresh.lines.length) && old.lines[same] === fresh.lines[same])
    same++
  const number = firstChange === null ? null : Math.max(1, firstChange - same)
  const rows = compareLines(old.lines, fresh.lines, { oldNumber: number, number })
  return { rows, more: old.more + fresh.more }
}

const written = (content: Json | undefined): Changes | null => {
  if (typeof content !== 'string' || content === '') return null
  const { lines, more } = linesOf(content)
  return { rows: lines.map((text, index) => ({ sign: '+', number: index + 1, text })), more }
}

const linesOf = (text: string): { lines: string[]; more: number } => {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return { lines: lines.slice(0, mostLines), more: Math.max(0, lines.length - mostLines) }
}

/** Where the two have too little in common to be compared: all of one, then all of the other. */
const crude = (old: readonly string[], fresh: readonly string[]) => [
  { value: [...old], added: false, removed: true },
  { value: [...fresh], added: true, removed: false },
]

const withoutLongStretches = (rows: readonly ChangedLine[]): ChangedLine[] => {
  const isNear = rows.map(() => false)
  rows.forEach(({ sign }, index) => {
    if (sign === ' ') return
    for (let near = index - contextLines; near <= index + contextLines; near++) isNear[near] = true
  })
  return rows.flatMap((row, index): ChangedLine[] => {
    if (isNear[index] === true) return [row]
    const isFirst = index > 0 && isNear[index - 1] === true
    return isFirst && isNear.includes(true, index) ? [{ sign: '⋮', number: null, text: '' }] : []
  })
}
