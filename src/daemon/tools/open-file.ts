/**
 * Opens what `workspace.ts` found. Between the look at a path and its opening, a folder on the way may have been
 * swapped for a symbolic link. So a folder is opened first; on Linux the kernel then says where the open folder
 * really is, and everything else goes through the open folder, never through the path again.
 */
import { randomUUID } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import {
  lstat,
  mkdir,
  open,
  opendir,
  readlink,
  realpath,
  rename,
  unlink,
  type FileHandle,
} from 'node:fs/promises'
import path from 'node:path'
import { SparkyError } from '../../protocol/failure.ts'
import { aboutFile, errorCode } from './file-failure.ts'
import type { Place, Workspace } from './workspace.ts'

/** A folder while it is open. */
export interface OpenFolder {
  /** The path of an entry, which nobody can redirect meanwhile. */
  at(name: string): string
  close(): Promise<void>
}

export interface OpenFile {
  readonly handle: FileHandle
  readonly stats: Stats
}

/** Opens the folder at a canonical path; the caller closes it. */
export const openFolder = async (folder: Place): Promise<OpenFolder> => {
  const handle = await aboutFile(folder.name, () =>
    open(folder.path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW),
  )
  try {
    const isLinux = process.platform === 'linux'
    const descriptor = `/proc/self/fd/${handle.fd}`
    const real = isLinux ? await readlink(descriptor) : await realpath(folder.path)
    if (real !== folder.path) {
      throw new SparkyError('forbidden', `${folder.name}: the folder was moved or replaced`)
    }
    const anchor = isLinux ? descriptor : folder.path
    return { at: (name) => path.posix.join(anchor, name), close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Opens a folder for as long as `use` runs. */
export const withFolder = async <T>(folder: Place, use: (open: OpenFolder) => Promise<T>): Promise<T> => {
  const open = await openFolder(folder)
  try {
    return await use(open)
  } finally {
    await open.close()
  }
}

/** Opens a regular file for reading; the caller closes the handle. Refuses folders, FIFOs, devices and sockets. */
export const openFile = (place: Place): Promise<OpenFile> =>
  withFolder(folderOf(place), (folder) => openEntry(folder, path.basename(place.path), place.name))

/** As `openFile`, for an entry of an open folder. `name` is what messages call it. */
export const openEntry = async (folder: OpenFolder, entry: string, name: string): Promise<OpenFile> =>
  aboutFile(name, async () => {
    // A look before the opening, because opening a FIFO or a device can already have an effect.
    requireRegular(await lstat(folder.at(entry)), name)
    const handle = await open(
      folder.at(entry),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    )
    try {
      const stats = await handle.stat()
      requireRegular(stats, name)
      return { handle, stats }
    } catch (error) {
      await handle.close()
      throw error
    }
  })

/**
 * Writes a file at once or not at all, on disk before it returns: a temporary file in the same folder takes its
 * place. Keeps the mode of a file that was there. With `expected` it refuses where the file is no longer the one
 * that was read.
 */
export const replaceFile = (
  place: Place,
  content: Uint8Array,
  expected?: Stats,
): Promise<'created' | 'replaced'> =>
  withFolder(folderOf(place), (folder) =>
    aboutFile(place.name, async () => {
      const target = folder.at(path.basename(place.path))
      const existing = await lstatIfThere(target)
      requireWritable(existing, place.name)
      if (expected !== undefined && !isSame(existing, expected)) {
        throw new SparkyError('conflict', `${place.name}: the file was changed by something else meanwhile`, {
          hint: 'Read it again first.',
        })
      }
      const temporary = folder.at(`.sparky-${randomUUID()}.tmp`)
      try {
        await writeNew(temporary, content, existing)
        await rename(temporary, target)
      } catch (error) {
        await unlink(temporary).catch(() => undefined)
        throw error
      }
      return existing === undefined ? 'created' : 'replaced'
    }),
  )

/** Makes a folder and its parents below the root, where they are missing. */
export const makeFolders = async (workspace: Workspace, folder: Place): Promise<void> => {
  if (folder.path === workspace.root) return
  if ((await lstatIfThere(folder.path)) === undefined) {
    const parent = folderOf(folder)
    await makeFolders(workspace, parent)
    await withFolder(parent, (open) =>
      aboutFile(folder.name, () =>
        mkdir(open.at(path.basename(folder.path))).catch((error: unknown) => {
          if (errorCode(error) !== 'EEXIST') throw error
        }),
      ),
    )
  }
  await withFolder(folder, async () => undefined)
}

export interface FolderEntry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
}

/** The entries of an open folder, by name; `more` where it has more than `max`. */
export const readFolder = async (
  folder: OpenFolder,
  name: string,
  max: number,
): Promise<{ entries: FolderEntry[]; more: boolean }> =>
  aboutFile(name, async () => {
    const entries: FolderEntry[] = []
    let more = false
    for await (const entry of await opendir(folder.at('.'))) {
      more = entries.length === max
      if (more) break
      const kind = entry.isFile()
        ? 'file'
        : entry.isDirectory()
          ? 'folder'
          : entry.isSymbolicLink()
            ? 'link'
            : 'other'
      entries.push({ name: entry.name, kind })
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    return { entries, more }
  })

/** The folder that a place lies in. */
export const folderOf = (place: Place): Place => ({
  path: path.dirname(place.path),
  name: path.posix.dirname(place.name),
})

const writeNew = async (
  temporary: string,
  content: Uint8Array,
  existing: Stats | undefined,
): Promise<void> => {
  const handle = await open(temporary, 'wx', 0o666)
  try {
    await handle.writeFile(content)
    if (existing !== undefined) await handle.chmod(existing.mode & 0o777)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const requireWritable = (existing: Stats | undefined, name: string): void => {
  if (existing === undefined) return
  requireRegular(existing, name)
  if (existing.nlink > 1) {
    throw new SparkyError(
      'forbidden',
      `${name}: this file has ${existing.nlink} hard links, so it may also stand elsewhere`,
    )
  }
}

const requireRegular = (stats: Stats, name: string): void => {
  if (stats.isFile()) return
  const kind = stats.isDirectory()
    ? 'a folder'
    : stats.isSymbolicLink()
      ? 'a symbolic link that was not there before'
      : stats.isFIFO()
        ? 'a named pipe'
        : stats.isSocket()
          ? 'a socket'
          : 'a device'
  throw new SparkyError('forbidden', `${name}: expected a regular file, found ${kind}`)
}

const isSame = (now: Stats | undefined, then: Stats): boolean =>
  now !== undefined && now.ino === then.ino && now.size === then.size && now.mtimeMs === then.mtimeMs

const lstatIfThere = async (target: string): Promise<Stats | undefined> => {
  try {
    return await lstat(target)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
