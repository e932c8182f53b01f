/**
 * The names of the keys that a terminal tells of with one sequence, or with characters that came in one piece: what is
 * typed fast, or by a program. Empty for a sequence that means nothing. Modifiers stand before the name in this order:
 * "ctrl+alt+shift+up".
 */
export const sequenceNames = (raw: string): readonly string[] => {
  if (!raw.startsWith(escape)) {
    return [...graphemes.segment(raw)].flatMap(({ segment }) => characterName(segment))
  }
  if (raw === escape) return ['escape']
  if (raw === escape + escape) return ['escape', 'escape']
  const body = raw.slice(1)
  // An escape before a sequence: alt, as some terminals send it.
  if (body.startsWith(escape)) return sequenceNames(body).map((name) => withModifiers(name, { alt: true }))
  if (/^(\[|O)./s.test(body)) return listed(controlName(body))
  return characterName(body).map((name) => withModifiers(name, { alt: true }))
}

const escape = '\u001B'
const graphemes = new Intl.Segmenter()

const characterName = (character: string): readonly string[] => {
  const code = character.codePointAt(0) ?? 0
  if (character === ' ') return ['space']
  if (character === '\r' || character === '\r\n') return ['return']
  if (character === '\t') return ['tab']
  if (code === 0x7f || code === 0x08) return ['backspace']
  if (code === 0x1f) return ['ctrl+_']
  if (code < 0x20) return code === 0 || code > 26 ? [] : [`ctrl+${String.fromCodePoint(code + 96)}`]
  return [character]
}

const letterKeys: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  M: 'return',
  Z: 'shift+tab',
}

const numberKeys: Readonly<Record<number, string>> = {
  1: 'home',
  3: 'delete',
  4: 'end',
  5: 'page_up',
  6: 'page_down',
  7: 'home',
  8: 'end',
}

/** What rxvt sends for an arrow that is held with shift, and after `O` with control. */
const rxvtArrows: Readonly<Record<string, string>> = { a: 'up', b: 'down', c: 'right', d: 'left' }

const controlName = (body: string): string | null => {
  const [, kind, bracket, parameters = '', last = ''] =
    /^(\[|O)(\[?)([\d;:]*)([a-zA-Z~^$@])$/.exec(body) ?? []
  if (kind === undefined) return null
  const [number = 1, modifiers = 1, third = 0] = parameters
    .split(';')
    .map((part) => Number.parseInt(part, 10) || 0)
  if (bracket !== '') return last === '~' ? (numberKeys[number] ?? null) : null
  if (last === 'u') return isRelease(parameters) ? null : codeName(number, modifiers, parameters)
  if (last === '~' && number === 27) return codeName(third, modifiers, '')
  const arrow = rxvtArrows[last]
  if (arrow !== undefined) return withModifiers(arrow, kind === 'O' ? { ctrl: true } : { shift: true })
  if (last === '$' || last === '^' || last === '@') {
    const name = numberKeys[number]
    return name === undefined ? null : withModifiers(name, { shift: last !== '^', ctrl: last !== '$' })
  }
  const name = last === '~' ? numberKeys[number] : letterKeys[last]
  if (name === undefined || (last === 'M' && kind === '[') || isRelease(parameters)) return null
  return withModifiers(name, modifiersOf(modifiers))
}

/** The kitty protocol may tell of keys that are let go, too. */
const isRelease = (parameters: string): boolean => parameters.split(';')[1]?.split(':')[1] === '3'

const codeNames: Readonly<Record<number, string>> = {
  8: 'backspace',
  9: 'tab',
  10: 'ctrl+j',
  13: 'return',
  27: 'escape',
  32: 'space',
  127: 'backspace',
  57414: 'return',
  57417: 'left',
  57418: 'right',
  57419: 'up',
  57420: 'down',
  57421: 'page_up',
  57422: 'page_down',
  57423: 'home',
  57424: 'end',
  57426: 'delete',
}

/** A key that is told of by the code of its character (`CSI code ; modifiers u`, `CSI 27 ; modifiers ; code ~`). */
const codeName = (code: number, modifierBits: number, parameters: string): string | null => {
  const modifiers = modifiersOf(modifierBits)
  const named = codeNames[code]
  if (named !== undefined) return withModifiers(named, modifiers)
  // From here on to 63743 stand keys such as shift itself.
  if (code < 32 || code > 0x10_ff_ff || (code >= 0xe0_00 && code <= 0xf8_ff)) return null
  const typed = parameters.split(';')[2]
  if (typed) return String.fromCodePoint(...typed.split(':').map(Number).filter(isCharacter))
  const [, shifted = 0, onBasicLayout = 0] = (parameters.split(';')[0] ?? '').split(':').map(Number)
  if (!modifiers.ctrl && !modifiers.alt) {
    const character = String.fromCodePoint(code)
    if (!modifiers.shift) return character
    return isCharacter(shifted) ? String.fromCodePoint(shifted) : character.toUpperCase()
  }
  // Ctrl+c is where it is on a keyboard of Latin letters, whatever letter stands there.
  const meant =
    modifiers.shift && isCharacter(shifted)
      ? shifted
      : code > 127 && isCharacter(onBasicLayout)
        ? onBasicLayout
        : code
  return withModifiers(String.fromCodePoint(meant).toLowerCase(), { ...modifiers, shift: false })
}

const isCharacter = (code: number): boolean => code >= 32 && code <= 0x10_ff_ff

interface Modifiers {
  readonly shift?: boolean
  readonly alt?: boolean
  readonly ctrl?: boolean
}

const modifiersOf = (parameter: number): Modifiers => {
  const bits = Math.max(0, parameter - 1)
  return { shift: (bits & 1) !== 0, alt: (bits & 2) !== 0, ctrl: (bits & 4) !== 0 }
}

const withModifiers = (name: string, { ctrl = false, alt = false, shift = false }: Modifiers): string => {
  const has = (modifier: string): boolean => name.startsWith(`${modifier}+`)
  return [ctrl && !has('ctrl') && 'ctrl+', alt && 'alt+', shift && !has('shift') && 'shift+', name]
    .filter((part) => part !== false)
    .join('')
}

const listed = (name: string | null): readonly string[] => (name === null ? [] : [name])
