import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { SparkyError } from '../../../protocol/failure.ts'

interface Export {
  readonly text: string
  /** Relative to `cwd`, or with `~/`; empty for a name made of the title. */
  readonly file: string
  readonly cwd: string
  readonly title: string
}

/** Writes a new file that only the user can read, and gives its path. Never overwrites one. */
export const writeExport = async ({ text, file, cwd, title }: Export): Promise<string> => {
  const wanted = file === '' ? `${slugOf(title)}.md` : file.replace(/^~(?=\/)/, os.homedir())
  const target = path.resolve(cwd, wanted)
  try {
    await writeFile(target, text, { flag: 'wx', mode: 0o600 })
    return target
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') {
      throw new SparkyError('conflict', `${target} is there already`, {
        hint: '/export FILE names another',
        cause: error,
      })
    }
    throw new SparkyError('usage', `cannot write ${target}: ${message}`, { cause: error })
  }
}

const slugOf = (title: string): string => {
  const words =
    title
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.join('-') ?? ''
  return words.slice(0, 60) || 'conversation'
}
