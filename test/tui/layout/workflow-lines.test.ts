import { describe, expect, it, test } from 'vitest'
import { entryLines } from '../../../src/tui/layout/entry-lines.ts'
import { lineWidth, textOfLine } from '../../../src/tui/layout/line.ts'
import { spokenEntry } from '../../../src/tui/layout/spoken-entry.ts'
import type { CallEntry, Entry, NodeEntry, SearchEntry } from '../../../src/tui/state/entry.ts'

const ts = new Date(2026, 10, 20, 12, 1, 7).toISOString()
const nowMs = Date.parse(ts) + 3_000

const rows = (entry: Entry, { width = 60, unfolded = false } = {}): string[] => {
  const lines = entryLines(entry, { width, unfolded, output: '', nowMs, tick: 2 })
  for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(width)
  return lines.map((line) => textOfLine(line).trimEnd())
}

const node = (changes: Partial<NodeEntry> = {}): NodeEntry => ({
  kind: 'node',
  type: 'node_update',
  ts,
  id: 'n',
  node: 'fetch',
  status: 'executing',
  durationMs: null,
  text: '',
  summary: '',
  ...changes,
})

describe('a node of a workflow', () => {
  it('is a line of a checklist: running, done, failed, left', () => {
    expect(rows(node())).toMatchInlineSnapshot(`
      [
        "12:01:07  ⠹ fetch                                      00:03",
      ]
    `)
    const done = node({
      status: 'completed',
      durationMs: 1200,
      text: '{\n  "pages": 3\n}',
      summary: 'pages: 3',
    })
    expect(rows(done)).toMatchInlineSnapshot(`
      [
        "12:01:07  ✓ fetch  pages: 3 ▸                          1.2 s",
      ]
    `)
    expect(rows(done, { unfolded: true })).toMatchInlineSnapshot(`
      [
        "12:01:07  ✓ fetch                                      1.2 s",
        "          └ {",
        "              "pages": 3",
        "            }",
      ]
    `)
    expect(rows(node({ status: 'failed', durationMs: 20, text: 'HTTP 503', summary: 'HTTP 503' })))
      .toMatchInlineSnapshot(`
      [
        "12:01:07  ✗ fetch                                      20 ms",
        "          └ HTTP 503",
      ]
    `)
    expect(rows(node({ status: 'left', durationMs: 20 }))).toMatchInlineSnapshot(`
      [
        "12:01:07  ! fetch  left before its end                 20 ms",
      ]
    `)
  })

  it('can be read at 20 columns, whatever it is called', () => {
    expect(
      rows(node({ node: 'a\u001b[2J very long name of a node', durationMs: 5 }), { width: 20 }),
    ).toHaveLength(1)
  })
})

const search: SearchEntry = {
  kind: 'search',
  type: 'search_results',
  ts,
  id: 's',
  query: 'AI\u001b[31m news',
  results: [
    { title: 'Alpha', url: 'https://www.example.com/alpha?x=1', snippet: 'It was announced.' },
    { title: '', url: 'https://b.example/', snippet: '' },
    { title: 'C', url: 'https://c.example/', snippet: '' },
    { title: 'D', url: 'javascript:alert(1)', snippet: '' },
  ],
  synthesis: '# News\n\nAlpha is **out**.',
}

test('search results are their first titles; unfolded all of them, with addresses and what was made of them', () => {
  expect(rows(search)).toMatchInlineSnapshot(`
    [
      "12:01:07  ≡ 4 results for "AI␛[31m news" ▸",
      "           1 Alpha  example.com",
      "           2 https://b.example/",
      "           3 C  c.example",
      "             … 1 more",
    ]
  `)
  expect(rows(search, { unfolded: true })).toMatchInlineSnapshot(`
    [
      "12:01:07  ≡ 4 results for "AI␛[31m news"",
      "           1 Alpha",
      "             https://www.example.com/alpha?x=1",
      "             It was announced.",
      "           2 https://b.example/",
      "           3 C",
      "             https://c.example/",
      "           4 D",
      "             javascript:alert(1)",
      "",
      "          # News",
      "",
      "          Alpha is out.",
    ]
  `)
  expect(rows(search, { width: 24 }).every((row) => row.length <= 24)).toBe(true)
})

test('a summary of earlier turns is a line; unfolded it can be read', () => {
  const entry: Entry = {
    kind: 'summary',
    type: 'compaction',
    ts,
    id: 'c',
    text: 'The 2 oldest turns stand as a summary',
    summary: 'They *met*.',
  }
  expect(rows(entry)).toEqual(['12:01:07  The 2 oldest turns stand as a summary ▸'])
  expect(rows(entry, { unfolded: true })).toEqual([
    '12:01:07  The 2 oldest turns stand as a summary',
    '          They met.',
  ])
})

const shown = (title = 'Sales'): CallEntry => {
  const details = { kind: 'visualization', title, chart: 'bar', data: { Jan: 3, Feb: 6 } }
  const outcome = { status: 'ok', durationMs: 1, text: 'Shown', truncated: false, bytes: 5, details } as const
  return { kind: 'call', type: 'tool_use', ts, callId: 'c', name: 'present', args: details, outcome }
}

test('what was presented is drawn below its call, and said aloud with its numbers', () => {
  expect(rows(shown(), { width: 50 })).toMatchInlineSnapshot(`
    [
      "12:01:07 ⚙ present  "Sales"                 1 ms ✓",
      "         Jan █████████████████▌ 3",
      "         Feb ███████████████████████████████████ 6",
    ]
  `)
  expect(rows(shown('A title that the line of the call cannot hold'), { width: 50 })[1]).toContain(
    'A title that',
  )
  const { data: _, ...broken } = shown().outcome?.details ?? {}
  expect(rows({ ...shown(), outcome: { ...shown().outcome!, details: broken } })[1]).toBe('          └ Shown')
  expect(spokenEntry(shown(), true)).toEqual([
    'Tool present "Sales"',
    'Shown: Sales, 2 rows',
    'Jan: value 3',
    'Feb: value 6',
  ])
})
