import { setImmediate as nextTurn } from 'node:timers/promises'

const mostFound = 50
/** How long the keyboard may have to wait. */
const sliceMs = 8
const piece = 2000

/**
 * The paths that fit best what was typed, best first: the beginning of a name before its middle, before the letters
 * anywhere in their order; of equals the shorter. Null once nobody needs them any more.
 */
export const rankPaths = async (
  paths: readonly string[],
  typed: string,
  isNeeded: () => boolean,
): Promise<readonly string[] | null> => {
  const wanted = typed.toLowerCase()
  let best: Ranked[] = []
  let startedMs = performance.now()
  for (let from = 0; from < paths.length; from += piece) {
    const fitting = paths.slice(from, from + piece).flatMap((path) => rankOf(path, wanted))
    best = [...best, ...fitting].sort(byRank).slice(0, mostFound)
    if (performance.now() - startedMs < sliceMs) continue
    await nextTurn()
    if (!isNeeded()) return null
    startedMs = performance.now()
  }
  return best.map(({ path }) => path)
}

interface Ranked {
  readonly path: string
  readonly cost: number
}

const byRank = (a: Ranked, b: Ranked): number =>
  a.cost - b.cost || a.path.length - b.path.length || (a.path < b.path ? -1 : 1)

const rankOf = (path: string, wanted: string): Ranked[] => {
  const cost = costOf(path, wanted)
  return cost === null ? [] : [{ path, cost }]
}

const costOf = (path: string, wanted: string): number | null => {
  // Before anything is typed: what lies nearest.
  if (wanted === '') return path.split('/').length + (path.startsWith('.') ? 10 : 0)
  const lower = path.toLowerCase()
  if (lower.startsWith(wanted)) return wanted.includes('/') ? 0 : lower.indexOf('/') === -1 ? 0 : 2
  const name = lower.lastIndexOf('/', lower.length - 2) + 1
  if (lower.startsWith(wanted, name)) return 1
  if (lower.includes(wanted, name)) return 3
  if (lower.includes(wanted)) return 4
  const spread = spreadOf(lower, wanted)
  return spread === null ? null : 5 + spread
}

/** How far apart the letters stand; null where they do not stand in it in their order. */
const spreadOf = (path: string, wanted: string): number | null => {
  let at = -1
  let first = -1
  for (const letter of wanted) {
    at = path.indexOf(letter, at + 1)
    if (at === -1) return null
    if (first === -1) first = at
  }
  return at - first
}
