import stringWidth from 'string-width'

/** Columns that text takes on a terminal. Slow to load, so only for text that is not plain ASCII. */
export const widthOf = (text: string): number => stringWidth(text)

/** The longest beginning that fits into `columns`, ending in `…` where something is cut off. */
export const cutTo = (text: string, columns: number): string => {
  if (stringWidth(text) <= columns) return text
  let cut = ''
  let width = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += stringWidth(segment)
    if (width > columns - 1) break
    cut += segment
  }
  return `${cut}…`
}
