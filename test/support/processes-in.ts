import { readdirSync, readlinkSync } from 'node:fs'

/** The processes that work in a folder, whoever started them; those that are dead and not yet fetched do not count. */
export const processesIn = (folder: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => worksIn(pid) === folder)

const worksIn = (pid: number): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    // Gone meanwhile, or a zombie, which works nowhere.
    return undefined
  }
}
