import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'
import type { Complaint } from '../../protocol/check.ts'

/** What a Markdown file says of itself between two lines of `---`, and what follows them. */
export interface FrontMatter {
  /** As JavaScript has it; an empty object where nothing is said, or nothing could be read. */
  readonly value: unknown
  readonly body: string
  /** Why the value is not to be relied upon; none where it is. */
  readonly errors: readonly LineError[]
  /** The line of what is at this path; of the last part that is there. */
  lineOf(path: Complaint['path']): number
}

interface LineError {
  /** Of the file, counted from 1. */
  readonly line: number
  readonly message: string
}

/** More than anybody needs, and too few to make much out of a little. */
const maxAliases = 20
/** What a hundred times as long takes the parser ten thousand times as long. */
const maxCharacters = 16 * 1024
const fence = /^---[ \t]*$/

/** `text` without its byte order mark. Never throws. */
export const frontMatterOf = (text: string): FrontMatter => {
  const lines = text.split(/\r?\n/)
  if (!fence.test(lines[0] ?? '')) return { value: {}, body: lines.join('\n'), errors: [], lineOf: () => 1 }
  const end = lines.findIndex((line, index) => index > 0 && fence.test(line))
  if (end === -1) {
    const errors = [
      { line: 1, message: 'expected a second line of --- that ends the frontmatter, found none' },
    ]
    return { value: {}, body: '', errors, lineOf: () => 1 }
  }
  const source = lines.slice(1, end).join('\n')
  const body = lines.slice(end + 1).join('\n')
  if (source.length <= maxCharacters) return { ...parsed(source), body }
  const message = `expected a frontmatter of at most ${maxCharacters} characters, found ${source.length}`
  return { value: {}, body, errors: [{ line: 1, message }], lineOf: () => 1 }
}

const parsed = (source: string): Omit<FrontMatter, 'body'> => {
  const { LineCounter, parseDocument } = yaml()
  const counter = new LineCounter()
  // The frontmatter begins in the file's second line.
  const lineAt = (offset: number): number => counter.linePos(offset).line + 1
  try {
    const document = parseDocument(source, { lineCounter: counter, prettyErrors: false, stringKeys: true })
    const errors = [...document.errors, ...document.warnings].map(({ pos: [start], message }) => ({
      line: lineAt(start),
      message: `expected YAML: ${message.split('\n')[0]}`,
    }))
    return {
      value: (document.toJS({ maxAliasCount: maxAliases }) as unknown) ?? {},
      errors,
      lineOf: (path) => lineAt(offsetOf(document, path)),
    }
  } catch (error) {
    // Too many aliases, or too deep for the parser.
    const message = `expected YAML that can be read: ${error instanceof Error ? error.message : String(error)}`
    return { value: {}, errors: [{ line: 2, message }], lineOf: () => 2 }
  }
}

const offsetOf = (document: Yaml.Document, path: Complaint['path']): number => {
  const { isMap, isNode, isSeq } = yaml()
  let node: unknown = document.contents
  let offset = 0
  for (const key of path) {
    const pair = isMap(node) ? pairOf(node, key) : undefined
    const next: unknown = pair?.value ?? (isSeq(node) ? node.items[Number(key)] : undefined)
    const place: unknown = pair?.key ?? next
    if (isNode(place) && place.range) [offset] = place.range
    if (next === undefined) break
    node = next
  }
  return offset
}

const pairOf = (map: Yaml.YAMLMap, wanted: PropertyKey) =>
  map.items.find(({ key }) => String(key) === String(wanted))

/** Loaded with the first file that asks for it: most daemons read none, and each would pay for it at its start. */
const yaml = (): typeof Yaml => (loaded ??= createRequire(import.meta.url)('yaml') as typeof Yaml)

let loaded: typeof Yaml | undefined
