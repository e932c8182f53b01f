/** DEL, C1, the line separators and the bidi controls: `JSON.stringify` leaves them raw, and a terminal may obey them. */
// oxlint-disable-next-line no-control-regex
const risky = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** JSON that a terminal can show safely: one line, or indented. */
export const safeJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(
    risky,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
