import { emptyDraft, type Draft } from './draft.ts'

/** Everything about the input of the chat that a key may change. */
export interface InputState {
  readonly draft: Draft
  /** What it was before, newest last. */
  readonly undo: readonly Draft[]
  /** What the last key did, so that typing is undone word by word, and what is cut in a row is put back as one. */
  readonly last: 'typed' | 'removed' | 'cut_before' | 'cut_after' | 'moved' | 'other'
  /** What was cut, for ctrl+y. */
  readonly cut: string
  /** The column that the cursor goes back to where a row is long enough. */
  readonly goalColumn: number | null
  /** Which message of the history is shown; null: the one that is being written. */
  readonly recall: Recall | null
  readonly search: HistorySearch | null
  readonly popup: PopupState
  /** A word about what was left out; until the next key. */
  readonly notice: string | null
}

interface Recall {
  /** Index in the history; its length stands for the message that is being written. */
  readonly at: number
  /** What the others have become, that one among them: nothing is lost by looking around. */
  readonly edited: ReadonlyMap<number, Draft>
}

/** Ctrl+r: the newest message with these words in it. */
export interface HistorySearch {
  readonly query: string
  /** Index in the history of the one that was found last. */
  readonly at: number | null
  /** Whether there is none, or no older one, with all of the query. */
  readonly isMissing: boolean
  readonly before: Draft
}

export interface PopupState {
  /** Which choice is marked; null: the first, or none where nothing was typed yet. */
  readonly chosen: number | null
  /** The word that it was closed for; `any` until the message is changed. */
  readonly closedFor: string | null
}

/** A command of the chat: `/agent`. */
export interface ChatCommand {
  /** Without the slash. */
  readonly name: string
  /** One line. */
  readonly help: string
  /** What stands behind it, for example "NAME"; without it, enter on the popup sends the command at once. */
  readonly takes?: string
  /** What may be given to it. */
  readonly choices?: readonly { readonly value: string; readonly help: string }[]
}

/** What `PathFinder` found, best first. Folders end with a slash. */
export interface FoundPaths {
  readonly query: string
  readonly paths: readonly string[]
}

/** What the input looks at and does not change. */
export interface InputSurroundings {
  /** Columns that rows are laid out for, as in `inputLines`. */
  readonly width: number
  /** Earlier messages, newest last. */
  readonly history: readonly string[]
  readonly commands: readonly ChatCommand[]
  /** What was found last for `pathQuery`. */
  readonly found: FoundPaths | null
}

export type InputOutcome =
  /** The input took the key. */
  | { readonly kind: 'edited' }
  /**
   * The message is to be sent, or the command run; the input is empty again. Never only white space. `typed` is the
   * message without what stands in it as a long paste: files that others name in there are not the user's wish.
   */
  | { readonly kind: 'submitted'; readonly text: string; readonly typed: string }
  /** The key means nothing here: the screen may take it (esc, ctrl+c, ctrl+d while empty, page_up, tab …). */
  | { readonly kind: 'ignored' }

export const emptyInput: InputState = {
  draft: emptyDraft,
  undo: [],
  last: 'other',
  cut: '',
  goalColumn: null,
  recall: null,
  search: null,
  popup: { chosen: null, closedFor: null },
  notice: null,
}

const maxUndo = 200

/** The draft after a key, with the way back to what it was. */
export const withDraft = (state: InputState, draft: Draft, last: InputState['last']): InputState => {
  const isSame = draft.text === state.draft.text
  const goesOn = last === state.last && last !== 'other' && !startsWord(state.draft, last)
  const undo = isSame || goesOn ? state.undo : [...state.undo, state.draft].slice(-maxUndo)
  return { ...state, draft, undo, last, goalColumn: null }
}

/** A word is typed, and undone, together with the space before it. */
const startsWord = ({ text, cursor }: Draft, last: InputState['last']): boolean =>
  last === 'typed' && /\s/.test(text[cursor - 1] ?? '')
