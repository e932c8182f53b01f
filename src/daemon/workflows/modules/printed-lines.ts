import type { Readable } from 'node:stream'

interface Bounds {
  /** What is longer is cut. */
  readonly maxLineChars: number
  /** What comes after so much is not read: who prints it is held up by it, and nobody else. */
  readonly maxChars: number
}

/** Hands on what a program prints, line by line, in bounded memory. The last line needs no end. */
export const printedLines = (
  stream: Readable,
  { maxLineChars, maxChars }: Bounds,
  onLine: (line: string) => void,
): void => {
  let line = ''
  let chars = 0
  const end = (): void => {
    onLine(line.replace(/\r$/, ''))
    line = ''
  }
  stream.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...others] = text.split('\n')
    line += first.slice(0, maxLineChars - line.length)
    for (const next of others) {
      end()
      line = next.slice(0, maxLineChars)
    }
    chars += text.length
    if (chars > maxChars) stream.pause()
  })
  stream.once('end', () => {
    if (line !== '') end()
  })
}
