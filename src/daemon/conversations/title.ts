/** Lists show one line of it. */
const maxCharacters = 60

/** A message may be one very long line. */
const maxLooked = 1000

const segmenter = new Intl.Segmenter()

/** What a conversation is called until its user says otherwise: how its first message begins. */
export const titleOf = (message: string): string => {
  const line = message.trimStart().split('\n', 1)[0]?.slice(0, maxLooked).trim().replaceAll(/\s+/g, ' ')
  const characters = Array.from(segmenter.segment(line ?? ''), ({ segment }) => segment)
  if (characters.length <= maxCharacters) return line ?? ''
  const cut = characters.slice(0, maxCharacters - 1).join('')
  // At a word, unless that leaves little.
  const atWord = cut.replace(/\s+\S*$/, '')
  return `${atWord.length > cut.length / 2 ? atWord : cut}…`
}
