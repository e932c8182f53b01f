import { stat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RE2JS } from 're2js'
import { counted } from './counted.ts'
import { openEntry, openFile, type OpenFile } from './open-file.ts'
import { compileGlob, compileRegex, type GlobMatch } from './search-pattern.ts'
import { walk } from './walk.ts'
import type { Place, Workspace } from './workspace.ts'

export interface SearchScope {
  readonly workspace: Workspace
  /** A folder, or one file. */
  readonly start: Place
  readonly glob: string | undefined
  readonly signal: AbortSignal
}

export interface SearchReport {
  /** One line a match: `path:12: text`, or the path. */
  readonly lines: readonly string[]
  /** Files looked at. */
  readonly searched: number
  /** What the search left out, as sentences. */
  readonly notes: readonly string[]
  readonly complete: boolean
}

const maxMatches = 200
const maxFiles = 50_000
const maxFileBytes = 5 * 1024 * 1024
/** What lies behind in a line is not searched: one match of a costly pattern must stay short. */
const maxLineChars = 4_000
const maxShownChars = 300
/** A search that takes longer ends with what it has found. */
const maxSearchMs = 30_000
/** How long other work may wait for a search. */
const sliceMs = 8

/** Lines that match a regular expression. */
export const searchContent = async (pattern: string, scope: SearchScope): Promise<SearchReport> => {
  const regex = await compileRegex(pattern)
  const lines: string[] = []
  const tally = new Tally()
  for await (const { place, open } of files(scope)) {
    if (tally.isFull(lines.length)) break
    const text = await readText(open, tally)
    if (text === undefined) continue
    for await (const { number, line } of matchingLines(text, regex, { tally, signal: scope.signal })) {
      lines.push(`${place.name}:${number}: ${shown(line, regex)}`)
      if (lines.length > maxMatches) break
    }
  }
  return tally.report(lines)
}

/** Files and folders whose name matches a glob, or contains a text in any case. */
export const searchNames = async (pattern: string, scope: SearchScope): Promise<SearchReport> => {
  const matches = /[*?[{]/.test(pattern) ? await compileGlob(pattern) : containing(pattern)
  const inGlob = scope.glob === undefined ? everything : await compileGlob(scope.glob)
  const lines: string[] = []
  const tally = new Tally()
  for await (const { place, kind } of walk({ ...scope, respectIgnoreFiles: true })) {
    if (tally.isFull(lines.length)) break
    tally.searched += 1
    if (matches(place.name) && inGlob(place.name))
      lines.push(kind === 'folder' ? `${place.name}/` : place.name)
  }
  return tally.report(lines)
}

interface Candidate {
  readonly place: Place
  readonly open: () => Promise<OpenFile>
}

/** The files of a scope: one file where it starts at a file, else those below the folder that the glob means. */
async function* files({ workspace, start, glob, signal }: SearchScope): AsyncGenerator<Candidate> {
  const inGlob = glob === undefined ? everything : await compileGlob(glob)
  if ((await stat(start.path).catch(() => undefined))?.isFile() === true) {
    yield { place: start, open: () => openFile(start) }
    return
  }
  for await (const { place, kind, folder, entry } of walk({
    workspace,
    start,
    signal,
    respectIgnoreFiles: true,
  })) {
    if (kind === 'file' && inGlob(place.name))
      yield { place, open: () => openEntry(folder, entry, place.name) }
  }
}

/** The text of a file; undefined where it is binary, too large or not readable. */
const readText = async (open: () => Promise<OpenFile>, tally: Tally): Promise<string | undefined> => {
  tally.searched += 1
  const file = await open().catch(() => undefined)
  if (file === undefined) return undefined
  try {
    if (file.stats.size > maxFileBytes) {
      tally.tooLarge += 1
      return undefined
    }
    const bytes = await file.handle.readFile()
    return bytes.subarray(0, 8192).includes(0) ? undefined : bytes.toString()
  } finally {
    await file.handle.close()
  }
}

async function* matchingLines(
  text: string,
  regex: RE2JS,
  { tally, signal }: { readonly tally: Tally; readonly signal: AbortSignal },
): AsyncGenerator<{ number: number; line: string }> {
  let sliceEnd = performance.now() + sliceMs
  let number = 0
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from)
    const to = end === -1 ? text.length : end
    number += 1
    const line = text.slice(from, Math.min(to, from + maxLineChars)).replace(/\r$/, '')
    if (regex.test(line)) yield { number, line }
    from = to + 1
    if (performance.now() < sliceEnd) continue
    await nextTurn()
    signal.throwIfAborted()
    if (tally.isLate()) return
    sliceEnd = performance.now() + sliceMs
  }
}

/** Counts what a search looks at and says what it left out. */
class Tally {
  readonly #endsAt = performance.now() + maxSearchMs
  searched = 0
  tooLarge = 0

  isFull(matches: number): boolean {
    return matches > maxMatches || this.searched >= maxFiles || this.isLate()
  }

  isLate(): boolean {
    return performance.now() > this.#endsAt
  }

  report(lines: readonly string[]): SearchReport {
    const notes = [
      ...(lines.length > maxMatches ? [`only the first ${maxMatches} matches`] : []),
      ...(this.isLate() ? [`stopped after ${maxSearchMs / 1000} s`] : []),
      ...(this.searched >= maxFiles ? [`stopped after ${maxFiles} files`] : []),
      ...(this.tooLarge > 0 ? [`${counted(this.tooLarge, 'file')} above 5 MiB not searched`] : []),
    ]
    return { lines: lines.slice(0, maxMatches), searched: this.searched, notes, complete: notes.length === 0 }
  }
}

const everything: GlobMatch = () => true

const containing = (part: string): GlobMatch => {
  const wanted = part.toLowerCase()
  return (name) => name.toLowerCase().includes(wanted)
}

/** A long line is shown from a little before its match. */
const shown = (line: string, regex: RE2JS): string => {
  if (line.length <= maxShownChars) return line
  const match = regex.matcher(line)
  const from = match.find() ? Math.max(0, match.start() - 60) : 0
  return `${from > 0 ? '… ' : ''}${line.slice(from, from + maxShownChars)} …`
}
