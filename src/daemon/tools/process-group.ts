import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const termGraceMs = 1_000
const killGraceMs = 500
const lookMs = 20

/**
 * Ends what is left of a process group: SIGTERM, after a second SIGKILL. Resolves when nothing of it lives, after
 * 1.5 seconds at most; with whether there was anything to end. The leader may be gone already.
 */
export const endGroup = async (groupId: number): Promise<boolean> => {
  if (!(await isAlive(groupId))) return false
  const startedAt = performance.now()
  signalGroup(groupId, 'SIGTERM')
  while (await isAlive(groupId)) {
    const elapsedMs = performance.now() - startedAt
    if (elapsedMs > termGraceMs + killGraceMs) break
    // Again and again, because a group that forks fast can have new members after each.
    if (elapsedMs > termGraceMs) signalGroup(groupId, 'SIGKILL')
    await delay(lookMs)
  }
  return true
}

/**
 * Start time of a process, as /proc/PID/stat counts it; null where that cannot be had. Synchronous, because a child
 * that ends at once stays readable only until the event loop turns.
 */
export const startTicksOf = (pid: number): string | null => {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.startTicks ?? null
  } catch {
    return null
  }
}

/** Whether a group has a member that is more than a zombie which its parent has not fetched yet. */
const isAlive = async (groupId: number): Promise<boolean> => {
  if (!signalGroup(groupId, 0)) return false
  if (process.platform !== 'linux') return true
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const all = await Promise.all(pids.map(statFields))
  return all.some((fields) => fields?.groupId === groupId && fields.state !== 'Z' && fields.state !== 'X')
}

/** False where no such group exists (any more). */
const signalGroup = (groupId: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(-groupId, signal)
  } catch {
    return false
  }
}

interface StatFields {
  readonly state: string
  readonly groupId: number
  readonly startTicks: string
}

const statFields = async (pid: number): Promise<StatFields | undefined> =>
  parseStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))

/** The name in parentheses may hold anything, so fields are counted from the last parenthesis: `state` is the 3rd. */
const parseStat = (line: string): StatFields | undefined => {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const [state, groupId, startTicks] = [fields[0], fields[2], fields[19]]
  if (state === undefined || groupId === undefined || startTicks === undefined) return undefined
  return { state, groupId: Number(groupId), startTicks }
}
