import type { Draft } from './draft.ts'
import type { ChatCommand, FoundPaths, InputState, InputSurroundings, PopupState } from './input-state.ts'

/** Something that may take the place of the word at the cursor. */
export interface Choice {
  readonly label: string
  /** One line; empty for paths. */
  readonly help: string
  /** What is put in, with the space that belongs behind it. */
  readonly text: string
  /** Whether the whole message is there with it, so that enter sends it. */
  readonly isWhole: boolean
}

export interface Popup {
  readonly word: Word
  readonly choices: readonly Choice[]
  /** Index of the one that is marked; -1 for none. */
  readonly chosen: number
}

/** The part of the message that is being completed. */
export interface Word {
  readonly kind: 'command' | 'argument' | 'path'
  readonly from: number
  readonly to: number
  /** What was typed of it, up to the cursor; of a path without the `@`. */
  readonly typed: string
}

/** What there is to choose for the word at the cursor; null where there is nothing, or the user has closed it. */
export const popupOf = (state: InputState, around: InputSurroundings): Popup | null => {
  const word = openWord(state)
  if (word === null) return null
  const choices = choicesFor(word, state.draft, around)
  if (choices.length === 0) return null
  const usual = isForUserToChoose(word, choices) ? -1 : 0
  return { word, choices, chosen: Math.min(state.popup.chosen ?? usual, choices.length - 1) }
}

/** Where enter takes what is written as it is: nothing, a folder, or the whole name of an agent without its pillar. */
const isForUserToChoose = ({ kind, typed }: Word, choices: readonly Choice[]): boolean =>
  typed.endsWith('/') ||
  (kind === 'argument' &&
    (typed === '' || choices.some(({ label }) => label.startsWith(`${typed.toLowerCase()}/`))))

/** What files are to be looked for; null for none. */
export const pathQuery = (state: InputState): string | null => {
  const word = openWord(state)
  return word?.kind === 'path' ? word.typed : null
}

/** What was chosen counts until the message changes; that the popup was closed, for as long as the same word is written. */
export const popupAfter = (before: InputState, after: InputState): PopupState => {
  if (after.popup !== before.popup || after.draft.text === before.draft.text) return after.popup
  const word = wordAt(after.draft)
  const isStillClosed = word !== null && wordKey(word) === after.popup.closedFor
  return { chosen: null, closedFor: isStillClosed ? after.popup.closedFor : null }
}

/** A name for the word that stays while it is typed. */
export const wordKey = ({ kind, from }: Word): string => `${kind} ${from}`

const openWord = (state: InputState): Word | null => {
  if (state.search !== null) return null
  const word = wordAt(state.draft)
  const { closedFor } = state.popup
  // A message of the history is looked at, not written.
  return word === null || closedFor === wordKey(word) || closedFor === 'any' ? null : word
}

/** Longer names are not completed. */
const longestWord = 512

const wordAt = ({ text, cursor }: Draft): Word | null => {
  const before = text.slice(Math.max(0, cursor - longestWord), cursor)
  const [, quoted] = /(?:^|[\s([{<])@"([^"\n]*)$/.exec(before) ?? []
  if (quoted !== undefined) {
    const from = cursor - quoted.length - 2
    const [rest = ''] = /^[^"\n]*"?/.exec(text.slice(cursor, cursor + longestWord)) ?? []
    return { kind: 'path', from, to: cursor + (rest.endsWith('"') ? rest.length : 0), typed: quoted }
  }
  const [, path] = /(?:^|[\s([{<])@([^\s"]*)$/.exec(before) ?? []
  if (path !== undefined) {
    const [rest = ''] = /^\S*/.exec(text.slice(cursor, cursor + longestWord)) ?? []
    return { kind: 'path', from: cursor - path.length - 1, to: cursor + rest.length, typed: path }
  }
  if (cursor !== text.length || !text.startsWith('/') || text.includes('\n')) return null
  const [, name] = /^\/([\w-]*)$/.exec(text) ?? []
  if (name !== undefined) return { kind: 'command', from: 0, to: text.length, typed: name }
  const [, head = '', argument] = /^(\/[\w-]+ +)(.*)$/.exec(text) ?? []
  if (argument === undefined) return null
  return { kind: 'argument', from: head.length, to: text.length, typed: argument }
}

const choicesFor = (word: Word, draft: Draft, around: InputSurroundings): readonly Choice[] => {
  switch (word.kind) {
    case 'command':
      return commandChoices(word.typed.toLowerCase(), around.commands)
    case 'argument':
      return argumentChoices(word.typed.toLowerCase(), draft.text, around.commands)
    case 'path':
      return pathChoices(word.typed, around.found)
  }
}

const commandChoices = (typed: string, commands: readonly ChatCommand[]): readonly Choice[] =>
  commands
    .filter(({ name }) => name.startsWith(typed))
    .map(({ name, help, takes }) => ({
      label: takes === undefined ? `/${name}` : `/${name} ${takes}`,
      help,
      text: takes === undefined ? `/${name}` : `/${name} `,
      isWhole: takes === undefined,
    }))

const argumentChoices = (
  typed: string,
  text: string,
  commands: readonly ChatCommand[],
): readonly Choice[] => {
  const [, name = ''] = /^\/([\w-]+)/.exec(text) ?? []
  const { choices = [] } = commands.find((command) => command.name === name) ?? {}
  return choices
    .filter(({ value }) => value.toLowerCase().includes(typed))
    .map(({ value, help }) => ({ label: value, help, text: value, isWhole: true }))
}

/** What was found for a shorter query serves until there is more. */
const pathChoices = (typed: string, found: FoundPaths | null): readonly Choice[] => {
  if (found === null || !typed.startsWith(found.query)) return []
  const paths = found.query === typed ? found.paths : found.paths.filter((path) => holds(path, typed))
  return paths.map((path) => {
    const isFolder = path.endsWith('/')
    const written = /[\s"]/.test(path) ? `@"${path}${isFolder ? '' : '"'}` : `@${path}`
    return { label: path, help: '', text: isFolder ? written : `${written} `, isWhole: false }
  })
}

/** Whether the letters stand in the path, in their order. */
const holds = (path: string, letters: string): boolean => {
  const name = path.toLowerCase()
  let at = 0
  for (const letter of letters.toLowerCase()) {
    at = name.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}
