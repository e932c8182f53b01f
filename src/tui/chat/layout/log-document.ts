import type { LongDocument } from '../../layout/viewport.ts'
import { documentEnd, documentStart, placeAt, seekPlace } from '../state/chat-document.ts'
import type { ChatState } from '../state/chat-state.ts'
import { placeLines } from './place-lines.ts'

/** The conversation as rows. The first column is kept for the mark of what the keys work on, the last stays free. */
export const logDocument = (state: ChatState, width: number): LongDocument => {
  const { log } = state
  return {
    start: documentStart(log),
    end: documentEnd(log),
    seek: (index, step) => seekPlace(log, index, step),
    rowsOf: (index) => {
      const place = placeAt(log, index)
      return place === null ? [] : placeLines(state, place, Math.max(1, width - 2))
    },
  }
}
