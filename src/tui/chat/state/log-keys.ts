/** What a key can do to the conversation on the screen. */
export type LogVerb =
  | 'page_up'
  | 'page_down'
  | 'top'
  | 'follow'
  | 'fold_all'
  /** To the entry above, below; and of the one that the keys work on: fold or unfold it. */
  | 'previous'
  | 'next'
  | 'fold'
  | 'leave'

/** While the input has the keyboard, and means nothing by the key itself. */
export const inputVerbs: Readonly<Record<string, LogVerb>> = {
  page_up: 'page_up',
  page_down: 'page_down',
  'ctrl+o': 'fold_all',
}

/** While nothing is written that the cursor could move in. */
export const emptyInputVerbs: Readonly<Record<string, LogVerb>> = {
  home: 'top',
  'ctrl+home': 'top',
  end: 'follow',
  'ctrl+end': 'follow',
}

/** While the conversation has the keyboard. */
export const logVerbs: Readonly<Record<string, LogVerb>> = {
  ...inputVerbs,
  up: 'previous',
  k: 'previous',
  down: 'next',
  j: 'next',
  space: 'fold',
  z: 'fold_all',
  g: 'top',
  home: 'top',
  G: 'follow',
  end: 'follow',
  escape: 'leave',
  q: 'leave',
}
