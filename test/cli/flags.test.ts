import { mkdirSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  listed,
  notNegative,
  oneOf,
  orNone,
  parseDirectory,
  parseJson,
  parseLabel,
  parseStatus,
  parseTaskRef,
  positiveNumber,
  repeated,
  wholeNumber,
} from '../../src/cli/flags.ts'
import { SparkyError } from '../../src/protocol/failure.ts'
import { tempHome } from '../support/temp-home.ts'

describe('flags', () => {
  test.each([
    ['a whole number', wholeNumber('--n'), '-12', -12],
    ['a whole number with a sign', wholeNumber('--n'), '+3', 3],
    ['a positive number', positiveNumber('--n'), '0.5', 0.5],
    ['none, where that may be', orNone(positiveNumber('--n')), 'none', 'none'],
    ['a number, where none may be', orNone(positiveNumber('--n')), '2', 2],
    ['zero, where it may be', notNegative('--n'), '0', 0],
    ['a word', oneOf('--n', ['a', 'b']), 'b', 'b'],
    ['a label whose value has an equals sign', parseLabel('--n'), 'a=b=c', ['a', 'b=c']],
    ['JSON', parseJson('--n'), '[1,"x",null]', { json: [1, 'x', null] }],
    ['a status by its other name', parseStatus, 'processing', 'in_progress'],
    ['a number with a #', parseTaskRef, '#42', '42'],
    ['an id', parseTaskRef, '0198aa-bb', '0198aa-bb'],
  ] as const)('take %s', (_, parse, text, value) => {
    expect((parse as (text: string) => unknown)(text)).toEqual(value)
  })

  test.each([
    [wholeNumber('--n'), '1.5', 'expected --n to be a whole number, found "1.5"'],
    [wholeNumber('--n'), '', 'expected --n to be a whole number, found ""'],
    [wholeNumber('--n'), '1e3', 'expected --n to be a whole number, found "1e3"'],
    [wholeNumber('--n'), '99999999999999999999', 'expected --n to be a whole number'],
    [wholeNumber('--n', { min: 1 }), '0', 'expected --n to be a whole number above 0, found "0"'],
    [
      wholeNumber('--n', { min: 0, max: 9 }),
      '10',
      'expected --n to be a whole number from 0 to 9, found "10"',
    ],
    [
      positiveNumber('--n', 'number of seconds'),
      'NaN',
      'expected --n to be a number of seconds above 0, found "NaN"',
    ],
    [positiveNumber('--n'), 'Infinity', 'above 0, found "Infinity"'],
    [positiveNumber('--n'), ' ', 'above 0, found " "'],
    [notNegative('--n'), '-1', 'expected --n to be a number of at least 0, found "-1"'],
    [parseLabel('--n'), '=x', 'expected --n to be NAME=VALUE, found "=x"'],
    [parseTaskRef, '', 'expected TASK to be'],
    [parseTaskRef, '../1', 'expected TASK to be'],
    [parseStatus, 'done', 'expected --status to be one of scheduled'],
  ] as const)('refuse what does not fit (%#)', (parse, text, message) => {
    const attempt = (): unknown => (parse as (text: string) => unknown)(text)
    expect(attempt).toThrow(message)
    expect(attempt).toThrow(SparkyError)
  })

  test('may be given many times, or as a list', () => {
    const each = repeated(wholeNumber('--n'))
    expect(each('2', each('1', undefined))).toEqual([1, 2])
    const all = listed(oneOf('--n', ['a', 'b', 'c']))
    expect(all('c', all('a, b', undefined))).toEqual(['a', 'b', 'c'])
  })

  test('name directories, which must be there', () => {
    const home = tempHome()
    mkdirSync(`${home}/folder`)
    writeFileSync(`${home}/file`, '')
    expect(parseDirectory('--cwd')(`${home}/folder/../folder`)).toBe(`${home}/folder`)
    expect(() => parseDirectory('--cwd')(`${home}/file`)).toThrow(
      `expected --cwd to be a directory, found "${home}/file"`,
    )
    expect(() => parseDirectory('--cwd')(`${home}/none`)).toThrow('found')
  })
})
