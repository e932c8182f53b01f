import { toFailure } from '../../../protocol/failure.ts'
import { showOutside } from '../../effects/outside-program.ts'
import { wholeText } from '../../state/whole-text.ts'
import { placeAt, type Place } from '../state/chat-document.ts'
import type { ChatControls } from './chat-controls.ts'

/** The whole of what the keys work on, in the user's pager or editor. A failure becomes a notice. */
export const showWhole = async (controls: ChatControls, program: 'pager' | 'editor'): Promise<void> => {
  const { store, terminal } = controls
  const { log, view } = store.getState()
  const place = view.cursor === null ? null : placeAt(log, view.cursor)
  if (place === null) return
  try {
    const text = await textOf(controls, place)
    if (text === '') return
    const trouble = await terminal.lend((signal) => showOutside(text, program, signal))
    if (trouble !== null) store.dispatch({ type: 'notice', text: trouble, tone: 'failed' })
  } catch (error) {
    store.dispatch({ type: 'notice', text: toFailure(error).message, tone: 'failed' })
  }
}

const textOf = async ({ source }: ChatControls, place: Place): Promise<string> => {
  switch (place.kind) {
    case 'remark':
      return place.remark.text
    case 'said':
      return place.turn.said
    case 'brief':
      return place.turn.brief?.answer ?? place.turn.brief?.error?.message ?? ''
    case 'tail':
      return place.turn.live.message.text || place.turn.live.thought.text
    case 'entry': {
      const { entry, turn } = place
      if (entry.kind !== 'call' || entry.outcome?.truncated !== true || turn.taskId === null) {
        return wholeText(entry, null)
      }
      const { result } = await source.toolResult(turn.taskId, entry.callId)
      return wholeText(entry, result)
    }
  }
}
