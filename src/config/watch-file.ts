import { unwatchFile, watch, watchFile } from 'node:fs'
import path from 'node:path'

/** Some editors write in pieces: only a file that was left alone for so long is read. */
const quietMs = 30
const pollMs = 1000

/**
 * Calls back shortly after the file was written, replaced or removed. The folder must be there. Keeps no process
 * alive. Returns the undo.
 */
export const onFileChange = (file: string, callback: () => void): (() => void) => {
  let timer: NodeJS.Timeout | undefined
  const changed = (): void => {
    clearTimeout(timer)
    timer = setTimeout(callback, quietMs).unref()
  }
  const stop = notice(file, changed)
  return () => {
    clearTimeout(timer)
    stop()
  }
}

const notice = (file: string, changed: () => void): (() => void) => {
  try {
    // The folder: whoever replaces a file takes away the one that is watched.
    const watcher = watch(path.dirname(file), { persistent: false }, (_, name) => {
      if (name === null || name === path.basename(file)) changed()
    })
    // The folder itself is gone: there is nothing left to notice.
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  } catch {
    // The system has no watchers left, or none on this kind of disk.
    watchFile(file, { persistent: false, interval: pollMs }, changed)
    return () => unwatchFile(file, changed)
  }
}
