import { readdirSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { isInside } from '../../projects/read-text.ts'

/** A file that may be a workflow. */
export interface ModuleFile {
  /** Absolute. */
  readonly file: string
  /** What its workflow is called where it has no name of its own. */
  readonly name: string
  /** Tells one content of the file from another. */
  readonly stamp: string
  /** Why it is not loaded; null where nothing speaks against it. */
  readonly refusal: string | null
}

export interface ModulePlace {
  readonly folder: string
  /** The real path of a folder that nothing may lead out of. */
  readonly inside?: string
}

const isModule = /^[^._].*\.m?[jt]s$/
const maxFiles = 200
/** Written by a person, or bundled. */
const maxBytes = 4 * 1024 * 1024

/** The modules directly in a folder, by name; none where there is no such folder. What begins with `_` or `.` is no workflow. */
export const moduleFiles = ({ folder, inside }: ModulePlace): readonly ModuleFile[] =>
  namesIn(folder)
    .filter((name) => isModule.test(name) && !/\.d\.m?ts$/.test(name))
    .sort()
    .slice(0, maxFiles)
    .flatMap((name) => {
      const file = path.join(folder, name)
      const found = lookAt(file, inside)
      return found === undefined ? [] : [{ file, name: name.replace(/\.m?[jt]s$/, ''), ...found }]
    })

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Undefined where no file is. */
const lookAt = (
  file: string,
  inside: string | undefined,
): Pick<ModuleFile, 'stamp' | 'refusal'> | undefined => {
  try {
    const stats = statSync(file, { bigint: true })
    if (!stats.isFile()) return undefined
    const { ino, size, mtimeNs, ctimeNs } = stats
    const real = realpathSync.native(file)
    return {
      stamp: `${real} ${ino} ${size} ${mtimeNs} ${ctimeNs}`,
      refusal: refusalOf({ real, size, inside }),
    }
  } catch {
    return undefined
  }
}

interface Looked {
  readonly real: string
  readonly size: bigint
  readonly inside: string | undefined
}

const refusalOf = ({ real, size, inside }: Looked): string | null => {
  if (inside !== undefined && !isInside(inside, real)) return `a symbolic link leads out of ${inside}`
  return size > maxBytes ? `expected at most ${maxBytes} bytes, found ${size}` : null
}
