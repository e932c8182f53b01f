/**
 * Text as it is typed into a line or a message, whatever was pasted: without escape sequences and control characters.
 * Of those, line breaks (as `\n`) and tabs stay.
 */
export const cleanPaste = (text: string): string =>
  text
    .replaceAll(escapeSequences, '')
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(controls, '')

/** CSI and what follows it; strings (OSC, DCS …) that have an end nearby; and the escape character with one letter. */
const escapeSequences = new RegExp(
  String.raw`\x1B\[[0-?]*[ -\/]*[@-~]|\x1B[\]PX^_][^\x07\x1B\n]{0,4096}(?:\x07|\x1B\\)|\x1B[ -\/]*[0-~]?`,
  'g',
)

/** Half of a surrogate pair is no character either. */
const controls = /[[\p{Cc}\p{Cs}]--[\n\t]]/gv
