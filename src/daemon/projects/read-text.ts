import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'

/** What is found where a file of a user should stand. `refused` says why it is not read, without the file's name. */
export type FoundText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly message: string }

interface Bounds {
  readonly maxBytes: number
  /** The real path of a folder that the file must stand in, with every symbolic link followed. */
  readonly inside?: string
}

/**
 * A file as UTF-8, without its byte order mark. Never throws, and never waits: a pipe or a device that bears the
 * name is refused, and so is what is too large to have been written by a person.
 */
export const readText = (file: string, { maxBytes, inside }: Bounds): FoundText => {
  let fd: number | undefined
  try {
    // Most of what is looked for is not there: an error with its stack costs ten times as much as this look.
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return { kind: 'missing' }
    const real = inside === undefined ? file : realpathSync.native(file)
    if (inside !== undefined && !isInside(inside, real)) {
      return { kind: 'refused', message: `a symbolic link leads out of ${inside}` }
    }
    fd = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    const found = fstatSync(fd)
    if (!found.isFile()) return { kind: 'refused', message: 'expected a file' }
    if (found.size > maxBytes) {
      return { kind: 'refused', message: `expected at most ${maxBytes} bytes, found ${found.size}` }
    }
    return decoded(bytesOf(fd, Math.min(maxBytes, found.size + 1)))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'missing' } : { kind: 'refused', message }
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Whether a path is a folder or lies below it, compared part by part. */
export const isInside = (folder: string, target: string): boolean => {
  const relative = path.relative(folder, target)
  return relative === '' || (relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative))
}

/** No more than that, also where the file grows meanwhile. */
const bytesOf = (fd: number, maxBytes: number): Buffer => {
  const buffer = Buffer.alloc(maxBytes)
  let length = 0
  for (;;) {
    const read = length < maxBytes ? readSync(fd, buffer, length, maxBytes - length, null) : 0
    if (read === 0) return buffer.subarray(0, length)
    length += read
  }
}

const decoded = (bytes: Buffer): FoundText => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0')
      ? { kind: 'refused', message: 'expected text, found a NUL character' }
      : { kind: 'text', text }
  } catch {
    return { kind: 'refused', message: 'expected UTF-8, found something else' }
  }
}
