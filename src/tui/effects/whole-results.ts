import { toFailure } from '../../protocol/failure.ts'
import { panesOf } from '../layout/panes.ts'
import { viewAt } from '../layout/viewport.ts'
import { itemAt } from '../state/chunked.ts'
import type { FrameStore } from '../state/frame-store.ts'
import { isUnfolded, transcriptDocument } from '../state/selectors.ts'
import type { WatchSource } from '../watch-source.ts'

const maxLength = 1_000_000

/** Fetches the whole of each visible, unfolded result of which the transcript has only head and tail. */
export const loadWholeResults = async (
  store: FrameStore,
  source: Pick<WatchSource, 'toolResult'>,
): Promise<void> => {
  const state = store.getState()
  const { transcript, view } = state
  if (transcript === null) return
  const { rows } = viewAt(transcriptDocument(state), view.anchor, panesOf(state.size).transcriptHeight)
  for (const index of new Set(rows.map((row) => row.index))) {
    const entry = itemAt(transcript.entries, index)
    if (entry?.kind !== 'call' || !entry.outcome?.truncated || !isUnfolded(view, entry.callId, index))
      continue
    try {
      const { result } = await source.toolResult(transcript.taskId, entry.callId)
      const text = result.slice(0, maxLength)
      store.dispatch({ type: 'whole_result', taskId: transcript.taskId, callId: entry.callId, text })
    } catch (error) {
      store.dispatch({ type: 'notice', text: toFailure(error).message, tone: 'failed' })
    }
  }
}
