import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sanitize, sanitizeLine } from '../../src/protocol/sanitize.ts'

describe('sanitize', () => {
  it.each([
    ['an OSC 52 clipboard write', '\u001B]52;c;aGk=\u0007', '␛]52;c;aGk=␇'],
    ['an OSC 8 link', '\u001B]8;;file:///etc/passwd\u001B\\x', '␛]8;;file:///etc/passwd␛\\x'],
    ['a C1 OSC', '\u009D0;title\u009C', '�0;title�'],
    ['cursor and colour sequences', '\u001B[2J\u001B[31mred', '␛[2J␛[31mred'],
    ['a carriage return that overwrites', 'safe\revil', 'safe␍evil'],
    ['backspace, bell, NUL and DEL', 'a\bb\u0007c\u0000d\u007F', 'a␈b␇c␀d␡'],
    ['bidi overrides and isolates', 'a\u202Eb\u2066c\u200Fd\u061Ce', 'a�b�c�d�e'],
    ['zero-width characters', 'a\u200Bb\u200Cc\u200Dd\u2060e\uFEFFf', 'a�b�c�d�e�f'],
    ['tag characters', 'x\u{E0001}\u{E0041}', 'x��'],
    ['lone surrogates', 'a\uD800b\uDC00c', 'a�b�c'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'a�b�c'],
  ])('shows %s instead of passing it on', (_, hostile, shown) => {
    expect(sanitize(hostile)).toBe(shown)
  })

  it('leaves ordinary text of any script as it is', () => {
    const text = 'Grüße, 你好, שלום, é (e\u0301), 😀, ❤\uFE0F, 🇩🇪\n\tindented'
    expect(sanitize(text)).toBe(text)
  })

  it('puts emoji that are joined to one side by side, and shows joiners anywhere else', () => {
    expect(sanitize('👩\u200D👩\u200D👧 🏳\uFE0F\u200D🌈 👩🏽\u200D💻')).toBe('👩👩👧 🏳\uFE0F🌈 👩🏽💻')
    expect(sanitize('👩\u200D a\u200D👩 👩\u200D\u200D👩')).toBe('👩\uFFFD a\uFFFD👩 👩\uFFFD\uFFFD👩')
  })

  it('takes a Windows line ending for a line ending', () => {
    expect(sanitize('a\r\nb')).toBe('a\nb')
  })

  it('lets no control character through, whatever comes', () => {
    const isControl = (code: number): boolean =>
      (code < 0x20 && code !== 0x0a && code !== 0x09) || (code >= 0x7f && code <= 0x9f)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(Array.from(sanitize(text), (character) => character.charCodeAt(0)).filter(isControl)).toEqual(
          [],
        )
      }),
    )
  })
})

describe('sanitizeLine', () => {
  it('turns line breaks and tabs into one space', () => {
    expect(sanitizeLine('a\n\n\tb\tc\r\nd')).toBe('a b c d')
  })
})
