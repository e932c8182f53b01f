import { randomUUID } from 'node:crypto'
import { chmod, mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Makes the folder where it is missing, readable by its owner only. */
export const makePrivateDirectory = async (directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
}

/**
 * Puts `contents` in the place of the file at `path`, whole or not at all, also over a loss of power. Resolves once
 * that is on disk; where it rejects, the old file is untouched.
 */
export const replaceFile = async (path: string, contents: Buffer | string): Promise<void> => {
  await replaceContents(path, contents)
  await syncDirectory(dirname(path))
}

/** The same for one of many files: that it stands there is durable only after a `syncDirectory` for all of them. */
export const replaceContents = async (path: string, contents: Buffer | string): Promise<void> => {
  const temporary = temporaryPath(path)
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(contents)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
}

/** A new name beside that file, for what is to take its place; what is left of it goes at the next start. */
export const temporaryPath = (path: string): string => `${path}.${randomUUID()}${temporarySuffix}`

/** Makes created, renamed and removed names in this folder durable. */
export const syncDirectory = async (directory: string): Promise<void> => {
  // Windows cannot open a folder; its file systems journal names by themselves.
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Writes all of `bytes` at the end of a file opened for appending: one `write` may take less than it was given.
 * `onTaken` hears how many it has taken so far.
 */
export const writeFully = async (
  handle: FileHandle,
  bytes: Buffer,
  onTaken?: (written: number) => void,
): Promise<void> => {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written)
    if (bytesWritten === 0) throw new Error('the disk took no bytes')
    written += bytesWritten
    onTaken?.(written)
  }
}

/** What to do about a disk that refuses to be written to; undefined where that is not known. */
export const diskHint = (error: unknown): string | undefined => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return 'Make room on the disk that holds SPARKY_HOME; a running daemon goes on by itself then.'
  }
  if (code === 'EROFS')
    return 'Make the disk that holds SPARKY_HOME writable, or set SPARKY_HOME to a folder on another.'
  return code === 'EIO'
    ? 'The disk that holds SPARKY_HOME may be failing; look at the log of the system.'
    : undefined
}

/** Removes what an interrupted `replaceFile` has left in this folder. */
export const removeTemporaryFiles = async (directory: string): Promise<void> => {
  for (const name of await readdir(directory)) {
    if (name.endsWith(temporarySuffix)) await rm(join(directory, name), { force: true })
  }
}

const temporarySuffix = '.tmp'
