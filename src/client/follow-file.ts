import { once } from 'node:events'
import { closeSync, openSync, readSync, statSync, watch } from 'node:fs'
import path from 'node:path'

const chunkBytes = 64 * 1024

/**
 * Lines that are added to a file from `fromByte` on, as they come, for ever. Goes on with the new file where it is
 * replaced (a log that rotates), and waits for one that is not there yet; its folder must be.
 */
export async function* followFile(file: string, fromByte: number): AsyncGenerator<string> {
  const watcher = watch(path.dirname(file))
  let offset = fromByte
  let inode = statSync(file, { throwIfNoEntry: false })?.ino
  let rest = Buffer.alloc(0)
  try {
    for (;;) {
      const changed = once(watcher, 'change')
      const now = statSync(file, { throwIfNoEntry: false })
      if (now === undefined || now.ino !== inode || now.size < offset) offset = 0
      inode = now?.ino
      const added = now === undefined ? Buffer.alloc(0) : readFrom(file, offset)
      offset += added.length
      const bytes = Buffer.concat([rest, added])
      const end = bytes.lastIndexOf('\n')
      rest = bytes.subarray(end + 1)
      for (const line of bytes.subarray(0, Math.max(0, end)).toString('utf8').split('\n'))
        if (line !== '') yield line
      if (added.length < chunkBytes) await changed
    }
  } finally {
    watcher.close()
  }
}

const readFrom = (file: string, offset: number): Buffer => {
  const handle = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(chunkBytes)
    return bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, offset))
  } finally {
    closeSync(handle)
  }
}
