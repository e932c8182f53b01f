/** A line of input and where its cursor stands, in characters as they are drawn. Pure; may hold line breaks that were pasted. */
export interface EditLine {
  readonly before: string
  readonly after: string
}

export const emptyLine: EditLine = { before: '', after: '' }

export const lineText = (line: EditLine): string => line.before + line.after

const maxLength = 20_000

export const insert = (line: EditLine, text: string): EditLine => ({
  ...line,
  before: (line.before + text).slice(0, maxLength),
})

/** What a key does to the line; nothing where the key means nothing to it. */
export const editWith = (line: EditLine, key: string): EditLine => {
  const { before, after } = line
  switch (key) {
    case 'left':
      return move(line, -lastCharacter(before).length)
    case 'right':
      return move(line, firstCharacter(after).length)
    case 'home':
    case 'ctrl+a':
      return { before: '', after: before + after }
    case 'end':
    case 'ctrl+e':
      return { before: before + after, after: '' }
    case 'backspace':
      return { before: before.slice(0, before.length - lastCharacter(before).length), after }
    case 'delete':
      return { before, after: after.slice(firstCharacter(after).length) }
    case 'ctrl+w':
      return { before: before.replace(/\S*\s*$/, ''), after }
    case 'ctrl+u':
      return { before: '', after }
    case 'ctrl+k':
      return { before, after: '' }
    case 'space':
      return insert(line, ' ')
    default:
      return [...new Intl.Segmenter().segment(key)].length === 1 ? insert(line, key) : line
  }
}

const move = ({ before, after }: EditLine, units: number): EditLine => {
  const text = before + after
  const cursor = before.length + units
  return { before: text.slice(0, cursor), after: text.slice(cursor) }
}

const firstCharacter = (text: string): string => {
  const [first] = new Intl.Segmenter().segment(text)
  return first?.segment ?? ''
}

const lastCharacter = (text: string): string =>
  [...new Intl.Segmenter().segment(text.slice(-64))].at(-1)?.segment ?? ''
