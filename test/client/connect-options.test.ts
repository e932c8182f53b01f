import { describe, expect, test } from 'vitest'
import { namedTarget } from '../../src/client/connect-options.ts'

describe('an address that a program names', () => {
  test.each([
    ['http://127.0.0.1:7717', 'http://127.0.0.1:7717'],
    ['http://127.0.0.1:7717/', 'http://127.0.0.1:7717'],
    ['https://example.org/behind/a/proxy/', 'https://example.org/behind/a/proxy'],
  ])('%s is taken', (url, expected) => {
    expect(namedTarget(url, 'token')).toEqual({ url: expected, token: 'token' })
  })

  test.each([
    '127.0.0.1:7717',
    'ws://127.0.0.1:7717',
    'http://127.0.0.1:7717/#x',
    'http://127.0.0.1:7717?token=x',
    'http://ann:password@127.0.0.1:7717',
    '',
  ])('%j is refused: no WebSocket or no request could be made of it', (url) => {
    expect(() => namedTarget(url)).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  test('the refusal shows no password', () => {
    expect(() => namedTarget('http://ann:password@127.0.0.1:7717')).toThrow(/found "http:\/\/…@127/)
  })
})
