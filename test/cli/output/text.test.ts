import { describe, expect, test } from 'vitest'
import {
  formatAge,
  formatClock,
  formatCost,
  formatCount,
  formatDuration,
  plural,
} from '../../../src/cli/output/amounts.ts'
import { flatten, holdsMask, masked } from '../../../src/config/shown-config.ts'
import { safeJson } from '../../../src/cli/output/json.ts'
import { colourLevel } from '../../../src/cli/output/style.ts'
import { renderTable } from '../../../src/cli/output/table.ts'
import { argumentsText, resultText } from '../../../src/cli/output/tool-text.ts'

test.each([
  [formatDuration(0), '0 ms'],
  [formatDuration(999.4), '999 ms'],
  [formatDuration(1234), '1.2 s'],
  [formatDuration(59_949), '59.9 s'],
  [formatDuration(59_950), '1m 00s'],
  [formatDuration(3_840_000), '1h 04m'],
  [formatAge(-5), '0s'],
  [formatAge(125_000), '2m'],
  [formatAge(90_000_000), '1d'],
  [formatClock(42_000), '00:42'],
  [formatClock(3_723_000), '1:02:03'],
  [formatCount(999), '999'],
  [formatCount(18_240), '18.2k'],
  [formatCount(1_300_000), '1.3M'],
  [formatCost(null), ''],
  [formatCost(0), '$0'],
  [formatCost(0.0004), '<$0.001'],
  [formatCost(0.0042), '$0.004'],
  [formatCost(1.5), '$1.50'],
  [plural(1, 'task'), '1 task'],
  [plural(2, 'task'), '2 tasks'],
])('amounts are short: %s', (text, expected) => {
  expect(text).toBe(expected)
})

test('JSON escapes what a terminal might obey, and stays the same JSON', () => {
  const value = { text: 'a\u007f\u0085\u009b\u2028\u2029\u202e\u2066\u061cb\u001b' }
  expect(safeJson(value)).toMatch(/^[\u0020-\u007e]*$/)
  expect(JSON.parse(safeJson(value))).toEqual(value)
})

describe('a table', () => {
  const table = {
    heads: ['#', 'TASK'],
    rows: [
      [{ text: '1' }, { text: 'a long prompt' }],
      [{ text: '20' }, { text: 'b' }],
    ],
    flexible: 1,
  }
  const same = (text: string): string => text

  test('aligns its columns', async () => {
    expect(await renderTable(table, 80, same)).toEqual(['#   TASK', '1   a long prompt', '20  b'])
  })

  test('cuts the flexible column to the width there is', async () => {
    expect(await renderTable(table, 14, same)).toEqual(['#   TASK', '1   a long pr…', '20  b'])
  })

  test('measures wide characters', async () => {
    const rows = [[{ text: '日本語のとても長い依頼です' }, { text: 'x' }]]
    expect(await renderTable({ heads: ['A', 'B'], rows, flexible: 0 }, 14, same)).toEqual([
      'A            B',
      '日本語のと…  x',
    ])
  })

  test('paints after measuring', async () => {
    const rows = [[{ text: 'a', paint: (text: string) => `<${text}>` }, { text: 'b' }]]
    expect(await renderTable({ heads: ['LONG', 'B'], rows, flexible: 1 }, 80, same)).toEqual([
      'LONG  B',
      '<a>     b',
    ])
  })
})

test('a tool call is one line, however long or evil its arguments', () => {
  expect(argumentsText({ path: 'a.txt', limit: 3 })).toBe('path="a.txt" limit=3')
  expect(argumentsText({ text: `\u001b]52;c;x\u0007${'x'.repeat(500)}` })).toMatch(
    /^text="\\u001b\]52;c;x\\u0007x*…$/,
  )
  expect(argumentsText('x')).toBe('"x"')
  expect(resultText('\n\none\ntwo\n')).toBe('one (+1 lines)')
  expect(resultText('a\u001b[2Jb')).toBe('a␛[2Jb')
  expect(resultText({ a: 1 })).toBe('{"a":1}')
})

test('secrets of the configuration are masked', () => {
  const config = {
    model: 'x',
    providers: { openai: { api_key: 'sk-1234567890abcdef' }, google: { api_key: 'short' } },
  }
  expect(flatten(config)).toEqual([
    ['model', 'x'],
    ['providers.openai.api_key', '••••cdef'],
    ['providers.google.api_key', '••••'],
  ])
  expect(JSON.stringify(masked('providers', config.providers))).not.toMatch(/1234|short/)
})

test('so is the password of an address, wherever one stands, and what is shown is not taken back for it', () => {
  const shown = 'https://ann:••••@example.org/hook?to=x@y'
  const hook = shown.replace('••••', 'pass:w@rd')
  expect(flatten({ hooks: { completed: hook, failed: { url: hook } } })).toEqual([
    ['hooks.completed', shown],
    ['hooks.failed.url', shown],
  ])
  expect(holdsMask('hooks', { failed: { url: shown } })).toBe(true)
  for (const plain of [hook, 'https://ann@example.org/', 'echo a:b@c', 'http://h:80/x:y@z']) {
    expect(holdsMask('hooks.completed', plain)).toBe(false)
  }
  for (const plain of ['https://ann@example.org/', 'echo a:b@c', 'http://h:80/x:y@z']) {
    expect(masked('hooks.completed', plain)).toBe(plain)
  }
})

describe('colours', () => {
  const terminal = { isTTY: true, getColorDepth: () => 8 } as unknown as NodeJS.WriteStream
  const pipe = { isTTY: false } as NodeJS.WriteStream
  test.each([
    ['a terminal', terminal, {}, 2],
    ['a pipe', pipe, {}, 0],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }, 0],
    ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, 2],
    ['TERM=dumb', terminal, { TERM: 'dumb' }, 0],
    ['FORCE_COLOR into a pipe', pipe, { FORCE_COLOR: '1' }, 1],
    ['FORCE_COLOR over NO_COLOR', terminal, { FORCE_COLOR: '3', NO_COLOR: '1' }, 3],
    ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, 0],
  ])('of %s', (_, stream, env, level) => {
    expect(colourLevel(() => stream, env)).toBe(level)
  })
})
