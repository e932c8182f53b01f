import path from 'node:path'
import { isIgnored, rulesAbove, rulesIn, type IgnoreRules } from './ignore-rules.ts'
import { openFolder, readFolder, type FolderEntry, type OpenFolder } from './open-file.ts'
import { isClosed, placeAt, type Place, type Workspace } from './workspace.ts'

/** Folders that a walk names but does not enter: large, and hardly ever what is looked for. */
export const unenteredFolders: ReadonlySet<string> = new Set(['.git', 'node_modules'])

export interface Found {
  readonly place: Place
  readonly kind: FolderEntry['kind']
  /** The folder that it lies in, open until the next one is asked for, and its name there. */
  readonly folder: OpenFolder
  readonly entry: string
}

export interface WalkOptions {
  readonly workspace: Workspace
  readonly start: Place
  readonly signal: AbortSignal
  /** Whether to leave out what `.gitignore` files leave out. */
  readonly respectIgnoreFiles: boolean
}

/** More entries of one folder are not looked at. */
const maxEntriesPerFolder = 20_000

/**
 * Everything below a folder, level by level and by name. Follows no symbolic links, enters neither `.git` nor
 * `node_modules`, and does not see closed folders. Folders below that cannot be read are passed over.
 */
export async function* walk(options: WalkOptions): AsyncGenerator<Found, void, undefined> {
  const { workspace, start, signal, respectIgnoreFiles } = options
  const waiting: Level[] = [
    { place: start, rules: respectIgnoreFiles ? await rulesAbove(workspace, start) : undefined },
  ]
  for (let level = waiting.shift(); level !== undefined; level = waiting.shift()) {
    signal.throwIfAborted()
    const folder = await openFolder(level.place).catch((error: unknown) => {
      if (level?.place === start) throw error
    })
    if (folder === undefined) continue
    try {
      const rules = respectIgnoreFiles ? await rulesIn(folder, level.place, level.rules) : undefined
      const { entries } = await readFolder(folder, level.place.name, maxEntriesPerFolder)
      for (const { name, kind } of entries) {
        const place = placeAt(workspace, path.join(level.place.path, name))
        if (isClosed(workspace, place.path) || isIgnored(rules, place.name, kind === 'folder')) continue
        yield { place, kind, folder, entry: name }
        if (kind === 'folder' && !unenteredFolders.has(name)) waiting.push({ place, rules })
      }
    } finally {
      await folder.close()
    }
  }
}

interface Level {
  readonly place: Place
  readonly rules: IgnoreRules | undefined
}
