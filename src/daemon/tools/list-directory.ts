import { lstat, readlink } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { counted } from './counted.ts'
import { readFolder, withFolder, type FolderEntry, type OpenFolder } from './open-file.ts'
import { defineTool } from './tool.ts'
import { unenteredFolders, walk } from './walk.ts'
import { isClosed, locate, workspaceOf, type Place, type Workspace } from './workspace.ts'

const maxEntries = 2_000
/** More are not even read, so that a folder of a million files costs no memory. */
const maxRead = 20_000

export const listDirectory = defineTool({
  name: 'list_directory',
  description:
    'Lists the files and folders in a folder of the working directory, folders with a "/" behind their name and files ' +
    'with their size. With recursive it lists everything below as well, but does not enter .git and node_modules.',
  effect: 'pure',
  input: z.strictObject({
    path: z
      .string()
      .max(4096)
      .optional()
      .describe('The folder, relative to the working directory. Default: that itself.'),
    recursive: z.boolean().optional().describe('Also list what is in the folders below. Default: false.'),
  }),
  run: async ({ path: given = '.', recursive = false }, context) => {
    const workspace = await workspaceOf(context)
    const place = await locate(workspace, given)
    const { lines, notes } = recursive
      ? await listTree(workspace, place, context.signal)
      : await listOne(workspace, place)
    const shown = lines.length === 0 ? [`(${place.name} is empty)`] : lines
    return {
      status: 'ok',
      text: [...shown, ...notes.map((note) => `[${note}]`)].join('\n'),
      readOn: 'List the folders that matter one by one.',
      details: { entries: lines.length, complete: notes.length === 0 },
    }
  },
})

interface Listing {
  readonly lines: string[]
  readonly notes: string[]
}

const listOne = (workspace: Workspace, place: Place): Promise<Listing> =>
  withFolder(place, async (folder) => {
    const { entries, more } = await readFolder(folder, place.name, maxRead)
    const visible = entries.filter(({ name }) => !isClosed(workspace, path.join(place.path, name)))
    const lines: string[] = []
    for (const { name, kind } of visible.slice(0, maxEntries))
      lines.push(await describe(folder, name, { name, kind }))
    const notes =
      visible.length > maxEntries || more
        ? [`the first ${maxEntries} of ${more ? 'more than ' : ''}${visible.length} entries`]
        : []
    return { lines, notes }
  })

const listTree = async (workspace: Workspace, start: Place, signal: AbortSignal): Promise<Listing> => {
  const found: { path: string; line: string }[] = []
  const notes: string[] = []
  const unentered = new Set<string>()
  for await (const { place, kind, folder, entry } of walk({
    workspace,
    start,
    signal,
    respectIgnoreFiles: false,
  })) {
    if (found.length === maxEntries) {
      notes.push(`only ${maxEntries} entries; deeper ones are left out`)
      break
    }
    const shownName = path.posix.relative(start.name, place.name)
    found.push({ path: shownName, line: await describe(folder, shownName, { name: entry, kind }) })
    if (kind === 'folder' && unenteredFolders.has(entry)) unentered.add(entry)
  }
  if (unentered.size > 0) notes.push(`not entered: ${[...unentered].sort().join(', ')}`)
  found.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { lines: found.map(({ line }) => line), notes }
}

const describe = async (
  folder: OpenFolder,
  shownName: string,
  { name, kind }: FolderEntry,
): Promise<string> => {
  const shown = printable(shownName)
  switch (kind) {
    case 'folder':
      return `${shown}/`
    case 'file':
      return `${shown}  ${await sizeOf(folder, name)}`
    case 'link':
      return `${shown} -> ${printable(await readlink(folder.at(name)).catch(() => '?'))}`
    case 'other':
      return `${shown}  (neither file nor folder)`
  }
}

const sizeOf = async (folder: OpenFolder, name: string): Promise<string> => {
  const stats = await lstat(folder.at(name)).catch(() => undefined)
  return stats === undefined ? '(gone)' : counted(stats.size, 'byte')
}

/** A name may hold line breaks and escape sequences; one entry is one line. */
const printable = (name: string): string =>
  /[\p{Cc}\p{Surrogate}\u2028\u2029]/u.test(name) ? JSON.stringify(name) : name
