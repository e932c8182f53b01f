/**
 * The one gate for text that Sparky did not write itself (model text, tool output, file names, prompts, error
 * messages) on its way to a terminal: nothing that passes can move the cursor, colour, link, write the clipboard,
 * reorder or hide what a person reads. What is taken out is shown, not dropped. Works on code points, so text
 * that arrives in fragments may be cleaned whole or fragment by fragment, except that a fragment must not end
 * inside a surrogate pair. Adds no styling; style what comes out. The one thing that goes without a trace is what
 * joins emoji to one (👩‍💻): the emoji stand side by side, as wide on every terminal as they are counted.
 */

/**
 * Controls (C0 but \n and \t, DEL, C1), line and paragraph separators, bidi controls, lone surrogates; and what has
 * no width: joiners, fillers, tag characters, the byte order mark (emoji presentation stays).
 */
const hostileClasses = String.raw`[[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]--[\n\t]]|[[\p{Default_Ignorable_Code_Point}\u{FFF9}-\u{FFFB}]--[\uFE0E\uFE0F]]`

let built: RegExp | undefined
// Not a literal, and built at first use only: reading these classes would cost every command a millisecond.
const hostile = (): RegExp => (built ??= new RegExp(hostileClasses, 'gv'))

/** Text as it may be shown over several lines: only \n and \t are left of all control characters. */
export const sanitize = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll(hostile(), visible)

/** Text as it may be shown on one line: line breaks and tabs become single spaces. */
export const sanitizeLine = (text: string): string => sanitize(text).replaceAll(/[\n\t]+/g, ' ')

const visible = (character: string, offset: number, text: string): string => {
  const code = character.codePointAt(0) ?? 0
  if (code === joiner && joinsEmoji(text, offset)) return ''
  if (code < 0x20) return String.fromCodePoint(0x24_00 + code)
  if (code === 0x7f) return '\u2421'
  return '\uFFFD'
}

const joiner = 0x20_0d

const joinsEmoji = (text: string, offset: number): boolean =>
  // What stands before the joiner is an emoji, in four UTF-16 units and a sign of how it is to look at most.
  /\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?$/u.test(
    text.slice(Math.max(0, offset - 5), offset),
  ) && /^\p{Extended_Pictographic}/u.test(text.slice(offset + 1, offset + 3))
