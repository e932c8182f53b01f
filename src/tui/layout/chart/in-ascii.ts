import { span, type Line } from '../line.ts'

/** The same drawing for a terminal that has nothing but ASCII: every sign of ours in the one that comes nearest. */
export const inAscii = (lines: readonly Line[]): readonly Line[] =>
  lines.map((line) => line.map(({ text, tone }) => span(text.replaceAll(drawnSigns, nearest), tone)))

const drawnSigns = /[\u2500-\u25ff\u2800-\u28ff…·–]/gu

const nearest = (sign: string): string => signs.get(sign) ?? dotsOf(sign.codePointAt(0) ?? 0)

const paired = (signs: string, ascii: string): [string, string][] =>
  signs.split('').map((sign, index) => [sign, ascii[index] ?? ascii.at(-1) ?? '?'])

const signs = new Map([
  ...paired('│├┤└┼─…·–', '|||++-~--'),
  ...paired('●○◆◇▲△■□', 'ox*+^v#%'),
  ...paired('█▉▊▋▌▐▍▎▏', '######...'),
  ...paired('▁▂▃▄▅▆▇', '_.-:=+*'),
])

/** Dots of braille by where in the cell they are. */
const dotsOf = (code: number): string => {
  if (code < 0x28_00 || code > 0x28_ff) return '?'
  const isUp = (code & 0b00011011) !== 0
  const isDown = (code & 0b11100100) !== 0
  return isUp && isDown ? ':' : isUp ? "'" : isDown ? '.' : ' '
}
