import { itemAt } from '../state/chunked.ts'
import { searchPattern } from '../state/entry-text.ts'
import { lookThrough } from '../state/find.ts'
import type { FrameStore } from '../state/frame-store.ts'

/** So long a piece of a search may hold up keys and frames. */
const pieceMs = 8

/** Looks through the transcript for what is searched, piece by piece, and at what comes while the search is open. */
export const searchTranscript = (store: FrameStore): (() => void) => {
  let timer: NodeJS.Immediate | undefined
  /** Calls that were looked at before they had a result. */
  let unsettled = new Map<number, unknown>()
  let lookedFor = ''

  const look = (): void => {
    timer = undefined
    const { transcript, view } = store.getState()
    const { find, filter } = view
    const pattern = find === null ? null : searchPattern(find.query)
    if (transcript === null || find === null || pattern === null) return
    const { taskId, entries, openCalls } = transcript
    // A replay went back: what was found further on is not there any more.
    if (find.lookedTo > entries.end) return store.dispatch({ type: 'look_again' })
    const isAnew = lookedFor !== `${taskId} ${find.query}` || find.lookedTo === 0
    lookedFor = `${taskId} ${find.query}`
    if (isAnew) unsettled = new Map()
    const [changed] = [...unsettled].filter(([index, entry]) => itemAt(entries, index) !== entry)
    const from = changed === undefined ? Math.max(find.lookedTo, entries.start) : changed[0]
    if (from >= entries.end) return
    const untilMs = performance.now() + pieceMs
    let isFirst = true
    const mayGoOn = (): boolean => {
      if (changed === undefined) return performance.now() < untilMs
      const isOnly = isFirst
      isFirst = false
      return isOnly
    }
    const found = lookThrough(entries, { pattern, filter, from }, mayGoOn)
    if (changed !== undefined) unsettled.delete(changed[0])
    for (const index of openCalls.values()) {
      if (index >= from && index < found.lookedTo) unsettled.set(index, itemAt(entries, index))
    }
    store.dispatch({ type: 'found', taskId, query: find.query, from, ...found })
    follow()
  }

  const follow = (): void => {
    if (store.getState().view.find !== null) timer ??= setImmediate(look)
  }

  const unsubscribe = store.subscribe(follow)
  return () => {
    unsubscribe()
    clearImmediate(timer)
  }
}
