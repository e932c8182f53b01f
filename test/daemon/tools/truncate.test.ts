import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cutForEvent,
  cutForModel,
  eventLimitBytes,
  headOf,
  modelLimitChars,
  wellFormed,
} from '../../../src/daemon/tools/truncate.ts'

const loneSurrogate = /\p{Surrogate}/u

describe('cutForModel', () => {
  test('leaves a short text as it is', () => {
    expect(cutForModel('x'.repeat(modelLimitChars))).toBe('x'.repeat(modelLimitChars))
  })

  test('keeps head and tail in whole lines and says what is missing', () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index + 1}`)
    const cut = cutForModel(lines.join('\n'), 'Use the offset.')
    expect(cut.length).toBeLessThanOrEqual(modelLimitChars)
    expect(cut.startsWith('line 1\nline 2\n')).toBe(true)
    expect(cut.endsWith('\nline 5000')).toBe(true)
    const [, characters, missing] =
      /\[… ([\d,]+) characters, ([\d,]+) lines left out here … Use the offset\.]/.exec(cut) ?? []
    const kept = cut.split('\n').filter((line) => line.startsWith('line '))
    expect(kept.every((line) => lines.includes(line))).toBe(true)
    expect(Number(missing?.replace(',', ''))).toBe(lines.length - kept.length)
    expect(Number(characters?.replace(',', ''))).toBeGreaterThan(20_000)
  })

  test('never splits a character and never exceeds its limit', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.integer({ min: 1, max: 4_000 }),
        (unit, times) => {
          const cut = cutForModel(unit.repeat(times))
          expect(cut.length).toBeLessThanOrEqual(modelLimitChars)
          expect(loneSurrogate.test(cut)).toBe(false)
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('cutForEvent', () => {
  test('counts bytes, not characters', () => {
    const text = '€'.repeat(30_000)
    const cut = cutForEvent(text)
    expect(cut).toMatchObject({ truncated: true, bytes: 90_000 })
    expect(Buffer.byteLength(cut.text)).toBeLessThanOrEqual(eventLimitBytes)
    expect(cut.text).not.toContain('\ufffd')
    expect(cut.text.startsWith('€€') && cut.text.endsWith('€€')).toBe(true)
  })

  test('leaves 64 KiB as they are', () => {
    const text = 'x'.repeat(eventLimitBytes)
    expect(cutForEvent(text)).toEqual({ text, truncated: false, bytes: eventLimitBytes })
  })
})

test('headOf keeps a long last line and drops a short one', () => {
  expect(headOf(`${'a'.repeat(90)}\nbbbbbbbbbbbbbbbbbbbb`, 100)).toBe(`${'a'.repeat(90)}\n`)
  expect(headOf(`aa\n${'b'.repeat(200)}`, 100)).toBe(`aa\n${'b'.repeat(97)}`)
})

test('wellFormed replaces lone surrogates only', () => {
  expect(wellFormed('😀\ud83d \ude00é')).toBe('😀\ufffd \ufffdé')
})
