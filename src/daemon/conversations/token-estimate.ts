import type { ModelPrompt } from '../models/model.ts'

/** A token is about four characters of English; other text takes more of them. */
const charactersPerToken = 4

export const roughTokens = (characters: number): number => Math.ceil(characters / charactersPerToken)

/** About how many characters of these messages a model reads. */
export const charactersOf = (messages: ModelPrompt): number =>
  messages.reduce(
    (sum, { content }) =>
      sum + (typeof content === 'string' ? content.length : JSON.stringify(content).length),
    0,
  )
