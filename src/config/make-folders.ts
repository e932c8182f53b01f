import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'

/**
 * Makes a folder and those above it that are missing, for their owner only. Throws the system's error where that
 * cannot be. Not with Node's `recursive`: where the system says of a folder that stands there that it does not, as
 * it does below /proc, that never returns, and cannot be interrupted.
 */
export const makeFolders = (folder: string): void => {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && isFolder(folder)) return
    const above = path.dirname(folder)
    if (code !== 'ENOENT' || above === folder || existsSync(above)) throw error
    makeFolders(above)
    makeFolders(folder)
  }
}

const isFolder = (folder: string): boolean => existsSync(`${folder}/.`)
