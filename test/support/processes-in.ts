import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

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

/** Its process group, from /proc. */
const groupOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
}
