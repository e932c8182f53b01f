import { emptyDraft, insertText, moveTo, withoutPasteCharacters, type Draft } from './draft.ts'
import { emptyInput, type InputState } from './input-state.ts'
import { pasteInto } from './insert.ts'

/**
 * The message before the one that is shown, or after it; behind the newest stands the one that is being written.
 * What was changed on the way is still there on the way back. Null where there is no further one.
 */
export const recalled = (
  state: InputState,
  direction: -1 | 1,
  history: readonly string[],
): InputState | null => {
  const from = state.recall?.at ?? history.length
  const at = from + direction
  if (at < 0 || at > history.length) return null
  const edited = new Map(state.recall?.edited).set(from, state.draft)
  const draft = edited.get(at) ?? draftOf(history[at] ?? '')
  return {
    ...state,
    draft: moveTo(draft, draft.text.length),
    recall: { at, edited },
    undo: [],
    last: 'other',
    goalColumn: null,
    popup: { chosen: null, closedFor: 'any' },
  }
}

/** Longer messages are written again as one paste. */
const longestPlain = 20_000

/** A message as it is written again. */
export const draftOf = (message: string): Draft =>
  message.length > longestPlain
    ? pasteInto(emptyInput, message).draft
    : insertText(emptyDraft, withoutPasteCharacters(message))
