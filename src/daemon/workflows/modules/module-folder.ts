import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'

/** A file that may be a workflow. */
export interface ModuleFile {
  /** Absolute. */
  readonly file: string
  /** What its workflow is called where it has no name of its own. */
  readonly name: string
  /** Tells one content of the file from another. */
  readonly stamp: string
}

const isModule = /^[^._].*\.m?[jt]s$/
const maxFiles = 200

/** The modules directly in a folder, by name; none where there is no such folder. What begins with `_` or `.` is no workflow. */
export const moduleFiles = (folder: string): readonly ModuleFile[] =>
  namesIn(folder)
    .filter((name) => isModule.test(name) && !/\.d\.m?ts$/.test(name))
    .sort()
    .slice(0, maxFiles)
    .flatMap((name) => {
      const file = path.join(folder, name)
      const stamp = stampOf(file)
      return stamp === undefined ? [] : [{ file, name: name.replace(/\.m?[jt]s$/, ''), stamp }]
    })

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const stampOf = (file: string): string | undefined => {
  try {
    const stats = statSync(file, { bigint: true })
    return stats.isFile() ? `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}` : undefined
  } catch {
    return undefined
  }
}
