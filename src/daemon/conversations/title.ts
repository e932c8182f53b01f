/** Lists show one line of it. */
const maxCharacters = 60

/** What a conversation is called until its user says otherwise: how its first message begins. */
export const titleOf = (message: string): string => {
  const line = message
    .split('\n')
    .map((text) => text.trim().replaceAll(/\s+/g, ' '))
    .find((text) => text !== '')
  const characters = [...(line ?? '')]
  if (characters.length <= maxCharacters) return line ?? ''
  const cut = characters.slice(0, maxCharacters - 1).join('')
  // At a word, unless that leaves little.
  const atWord = cut.replace(/\s+\S*$/, '')
  return `${atWord.length > cut.length / 2 ? atWord : cut}…`
}
