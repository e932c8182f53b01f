import ignore, { type Ignore } from 'ignore'
import path from 'node:path'
import { openEntry, withFolder, type OpenFolder } from './open-file.ts'
import { placeAt, type Place, type Workspace } from './workspace.ts'

/** The `.gitignore` files that count for a folder: its own, then those of the folders above it. */
export interface IgnoreRules {
  readonly folder: string
  readonly matcher: Ignore
  readonly outer: IgnoreRules | undefined
}

const maxFileBytes = 256 * 1024

/** Whether a path (relative to the workspace's root) is left out. The nearest file that names it decides. */
export const isIgnored = (rules: IgnoreRules | undefined, name: string, isFolder: boolean): boolean => {
  for (let own = rules; own !== undefined; own = own.outer) {
    const relative = own.folder === '.' ? name : name.slice(own.folder.length + 1)
    const verdict = own.matcher.test(isFolder ? `${relative}/` : relative)
    if (verdict.ignored || verdict.unignored) return verdict.ignored
  }
  return false
}

/** The rules inside an open folder, given those outside of it. */
export const rulesIn = async (
  folder: OpenFolder,
  place: Place,
  outer: IgnoreRules | undefined,
): Promise<IgnoreRules | undefined> => {
  const text = await readIgnoreFile(folder)
  if (text === undefined) return outer
  const matcher = ignore({ ignorecase: false }).add(text.split(/\r?\n/).filter(isTame))
  return { folder: place.name, matcher, outer }
}

/** The rules that the folders above `start` make for it; none where they leave out `start` itself. */
export const rulesAbove = async (workspace: Workspace, start: Place): Promise<IgnoreRules | undefined> => {
  let rules: IgnoreRules | undefined
  let above = workspace.root
  for (const part of start.name === '.' ? [] : start.name.split('/')) {
    const place = placeAt(workspace, above)
    rules = await withFolder(place, (folder) => rulesIn(folder, place, rules))
    above = path.join(above, part)
    if (isIgnored(rules, placeAt(workspace, above).name, true)) return undefined
  }
  return rules
}

const readIgnoreFile = async (folder: OpenFolder): Promise<string | undefined> => {
  const file = await openEntry(folder, '.gitignore', '.gitignore').catch(() => undefined)
  if (file === undefined) return undefined
  try {
    return file.stats.size > maxFileBytes ? undefined : await file.handle.readFile('utf8')
  } finally {
    await file.handle.close()
  }
}

/**
 * The package turns a line into a backtracking regular expression: many wildcards in one line would let a hostile
 * repository hold the daemon's only thread for hours. No honest line needs as many.
 */
const isTame = (line: string): boolean =>
  line.length <= 500 &&
  line.split('**').length <= 4 &&
  line.split('/').reduce((ways, part) => ways + Math.max(0, part.split(/\*+/).length - 2), 0) <= 2
