import { wordKey, type Choice, type Popup } from './completion.ts'
import { replaceRange } from './draft.ts'
import { withDraft, type InputState } from './input-state.ts'

export interface Completed {
  readonly state: InputState
  /** Whether the message is whole with it and is to be sent. */
  readonly isWhole: boolean
}

/** What a key does to an open popup. Null for a key that is for the message. */
export const popupKey = (state: InputState, popup: Popup, key: string): Completed | null => {
  const choice = popup.choices[popup.chosen]
  switch (key) {
    case 'down':
    case 'ctrl+n':
      return still(choose(state, (popup.chosen + 1) % popup.choices.length))
    case 'up':
    case 'ctrl+p':
      return still(choose(state, (popup.chosen <= 0 ? popup.choices.length : popup.chosen) - 1))
    case 'escape':
      return still({ ...state, popup: { chosen: null, closedFor: wordKey(popup.word) } })
    case 'tab':
      return still(accept(state, popup, choice ?? popup.choices[0]))
    case 'return':
      if (choice === undefined || isWritten(state, popup, choice)) return null
      return { state: accept(state, popup, choice), isWhole: choice.isWhole }
    default:
      return null
  }
}

const still = (state: InputState): Completed => ({ state, isWhole: false })

const choose = (state: InputState, chosen: number): InputState => ({
  ...state,
  popup: { ...state.popup, chosen },
})

const accept = (state: InputState, { word }: Popup, choice: Choice | undefined): InputState => {
  if (choice === undefined) return state
  const { text } = state.draft
  // One space is enough, and a folder goes on.
  const to = choice.text.endsWith(' ') && text[word.to] === ' ' ? word.to + 1 : word.to
  const draft = replaceRange(state.draft, word.from, to, choice.text)
  return { ...withDraft(state, draft, 'other'), popup: { chosen: null, closedFor: null } }
}

/** Whether the message holds it already: then enter sends. */
const isWritten = ({ draft }: InputState, { word }: Popup, choice: Choice): boolean =>
  draft.text.slice(word.from, word.to) === choice.text.trimEnd()
