import { toFailure } from '../../protocol/failure.ts'
import { itemAt } from '../state/chunked.ts'
import type { CallEntry, Entry } from '../state/entry.ts'
import type { FrameStore } from '../state/frame-store.ts'
import { openPager } from '../state/pager.ts'
import { entryTitle, wholeText } from '../state/whole-text.ts'
import type { WatchSource } from '../watch-source.ts'

/** The entry that the keys work on; null where that is none. */
export const entryAtCursor = (store: FrameStore): Entry | null => {
  const { transcript, view } = store.getState()
  if (transcript === null || view.cursor === null) return null
  return itemAt(transcript.entries, view.cursor) ?? null
}

/** Shows an entry on the whole screen at once, and the rest of its result as soon as the daemon has sent it. */
export const readEntry = async (
  store: FrameStore,
  source: Pick<WatchSource, 'toolResult'>,
  entry: Entry,
): Promise<void> => {
  const cutCall = callInPart(entry)
  const pager = openPager(entryTitle(entry), textSoFar(store, entry), cutCall?.callId ?? null)
  store.dispatch({ type: 'mode', mode: { kind: 'pager', pager } })
  if (cutCall === null) return
  try {
    const text = await wholeTextOf(store, source, entry)
    store.dispatch({ type: 'paged', callId: cutCall.callId, text })
  } catch (error) {
    store.dispatch({ type: 'paged', callId: cutCall.callId, text: wholeText(entry, null) })
    store.dispatch({ type: 'notice', text: toFailure(error).message, tone: 'failed' })
  }
}

/** Everything that is in an entry; asks the daemon for the rest of a result. Rejects where that fails. */
export const wholeTextOf = async (
  store: FrameStore,
  source: Pick<WatchSource, 'toolResult'>,
  entry: Entry,
): Promise<string> => {
  const cutCall = callInPart(entry)
  const taskId = store.getState().transcript?.taskId
  if (cutCall === null || taskId === undefined) return textSoFar(store, entry)
  const { result } = await source.toolResult(taskId, cutCall.callId)
  return wholeText(entry, typeof result === 'string' ? result : JSON.stringify(result, null, 2))
}

/** Of a call that is still running, the last that it has printed. */
const textSoFar = (store: FrameStore, entry: Entry): string => {
  const { transcript, liveTexts } = store.getState()
  if (entry.kind !== 'call' || entry.outcome !== null || transcript === null) return wholeText(entry, null)
  return wholeText(entry, liveTexts.get(transcript.taskId)?.outputs.get(entry.callId) ?? null)
}

const callInPart = (entry: Entry): CallEntry | null =>
  entry.kind === 'call' && entry.outcome?.truncated === true ? entry : null
