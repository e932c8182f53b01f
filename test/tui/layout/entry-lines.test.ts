import { describe, expect, it } from 'vitest'
import { failureCodes } from '../../../src/protocol/failure.ts'
import { adviceOn } from '../../../src/tui/layout/advice.ts'
import { entryLines, streamLines } from '../../../src/tui/layout/entry-lines.ts'
import { lineWidth, textOfLine } from '../../../src/tui/layout/line.ts'
import type { CallEntry, Entry } from '../../../src/tui/state/entry.ts'

const ts = new Date(2026, 10, 20, 12, 1, 7).toISOString()
const nowMs = Date.parse(ts) + 3_000

const rows = (entry: Entry, { width = 60, unfolded = false, output = '' } = {}): string[] => {
  const lines = entryLines(entry, { width, unfolded, output, nowMs, tick: 2 })
  for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(width)
  return lines.map((line) => textOfLine(line).trimEnd())
}
const call = (changes: Partial<CallEntry> = {}): CallEntry => ({
  kind: 'call',
  type: 'tool_use',
  ts,
  callId: 'c',
  name: 'web_search',
  args: { query: 'AI news' },
  outcome: null,
  ...changes,
})
const ok = { status: 'ok', durationMs: 1200, text: '', truncated: false, bytes: 0, details: {} } as const

describe('a tool call', () => {
  it('runs with its time, and the last that it printed', () => {
    expect(rows(call(), { output: 'one\ntwo\nthree\nfour\n' })).toEqual([
      '12:01:07  ⚙ web_search  "AI news"                    00:03 ⠹',
      '          └ two',
      '            three',
      '            four',
    ])
  })

  it('is done with what it took, its result folded to one line', () => {
    expect(rows(call({ outcome: { ...ok, text: '10 results\na\nb' } }))).toEqual([
      '12:01:07  ⚙ web_search  "AI news"                    1.2 s ✓',
      '          └ 10 results · 3 lines ▸',
    ])
  })

  it('shows its whole result and the arguments that its line does not, unfolded', () => {
    const entry = call({
      name: 'write_file',
      args: { path: 'a.md', content: '# A\ntext' },
      outcome: { ...ok, text: 'written\n8 bytes' },
    })
    expect(rows(entry, { unfolded: true })).toEqual([
      '12:01:07  ⚙ write_file  a.md                         1.2 s ✓',
      '            content # A',
      '                    text',
      '          └ written',
      '            8 bytes',
    ])
  })

  it('shows what it changed in a file below the result, with signs and numbers', () => {
    const diff =
      '--- a.ts\n+++ a.ts\n@@ -9,4 +9,4 @@\n one\n-const old = 1\n-two\n+const new = 1\n+two\n three'
    const entry = call({
      name: 'edit_file',
      args: { path: 'a.ts', old_text: 'old', new_text: 'new' },
      outcome: { ...ok, text: 'Edited a.ts.', details: { diff } },
    })
    expect(rows(entry).slice(1)).toEqual([
      '          └ Edited a.ts. · +1 -1',
      '             9   one',
      '            10 - const old = 1',
      '            10 + const new = 1',
      '            11   two',
      '            12   three',
    ])
    const lines = entryLines(entry, { width: 60, unfolded: false, output: '', nowMs, tick: 0 })
    expect(lines[3]?.filter(({ tone }) => tone === 'removed').map(({ text }) => text)).toEqual(['old'])
    expect(lines[4]?.filter(({ tone }) => tone === 'added').map(({ text }) => text)).toEqual(['new'])
  })

  it('folds a long change, also while it is being made', () => {
    const content = Array.from({ length: 48 }, (_, index) => `line ${index + 1}`).join('\n')
    const entry = call({ name: 'write_file', args: { path: 'a.md', content } })
    expect(rows(entry)).toHaveLength(10)
    expect(rows(entry).slice(-2)).toEqual(['            8 + line 8', '            … 40 more lines ▸'])
    const done = {
      ...entry,
      outcome: { ...ok, text: 'Created a.md', details: { created: true, diff: null } },
    }
    expect(rows(done)[1]).toBe('          └ Created a.md · +48 -0')
    expect(rows(done, { unfolded: true }).at(-1)).toBe('            48 + line 48')
  })

  it('that failed changed nothing', () => {
    const outcome = { ...ok, status: 'error', text: 'old_text does not occur' } as const
    const entry = call({ name: 'edit_file', args: { path: 'a', old_text: 'x', new_text: 'y' }, outcome })
    expect(rows(entry).slice(1)).toEqual(['          └ old_text does not occur'])
  })

  it.each([
    ['ok', 'compiling\n\n12 tests passed\n', { exit_code: 0 }, '… 12 tests passed · 3 lines ▸'],
    ['ok', 'one line', { exit_code: 0 }, 'one line'],
    [
      'error',
      'start\nerror: no such type\nend\n[exit code 2]',
      { exit_code: 2 },
      'exit code 2 · error: no such type · 4 lines ▸',
    ],
    ['error', '(no output)\n[timed out after 1 s]', { exit_code: null }, 'timed out after 1 s · (no output)'],
  ] as const)('of a command that ended with %s says what matters of %j', (status, text, details, shown) => {
    expect(rows(call({ outcome: { ...ok, status, text, details } }), { width: 80 })[1]).toContain(
      `└ ${shown}`,
    )
  })

  it('shows a progress bar that a command writes over and over as its last state', () => {
    expect(rows(call(), { output: 'a 10%\ra 20%\ra 30%' }).at(-1)).toBe('            a 30%')
  })

  it.each([
    ['error', '1.2 s ✗'],
    ['denied', 'denied ✗'],
    ['interrupted', 'interrupted !'],
  ] as const)('that ended with %s says so', (status, ending) => {
    expect(rows(call({ outcome: { ...ok, status, text: 'why' } }))[0]).toMatch(new RegExp(`${ending}$`))
  })

  it('does without the time where there is no room', () => {
    expect(rows(call({ outcome: { ...ok, text: 'x' } }), { width: 30 })).toEqual([
      '⚙ web_search  "AI ne…  1.2 s ✓',
      '└ x',
    ])
  })

  it.each([
    ['run_command', { command: 'ls -l', timeout_s: 3 }, 'ls -l'],
    ['list_directory', {}, '.'],
    ['read_file', { path: 'README.md', offset: 3 }, 'README.md'],
    ['fetch_url', { url: 'https://example.com/a' }, 'example.com/a'],
    ['search_files', { pattern: 'x', path: 'src' }, '"x" in src'],
    ['mcp__git__log', { n: 3, branch: 'main' }, 'n=3 branch="main"'],
  ])('of %s names the argument that matters', (name, args, summary) => {
    expect(rows(call({ name, args }))[0]).toContain(`⚙ ${name}  ${summary}  `)
  })
})

describe('an error', () => {
  const failure: Entry = {
    kind: 'failure',
    type: 'error',
    ts,
    code: 'model_unavailable',
    message: 'HTTP 503',
    retryable: true,
    final: false,
  }

  it('on the way is told in its own words: those say whether, and when, it is tried again', () => {
    expect(rows(failure)).toEqual(['12:01:07  ↻ HTTP 503'])
    const message = 'busy; trying again in 2 s (2 of 5)'
    expect(rows({ ...failure, message })).toEqual([`12:01:07  ↻ ${message}`])
  })

  it('that ended the task says what it means and what to try', () => {
    expect(rows({ ...failure, final: true })).toEqual([
      '12:01:07  ✗ HTTP 503',
      '            code  model_unavailable',
      '            means The provider could not be reached, or kept',
      '                  failing.',
      '            try   Press r to run it again.',
    ])
  })

  it.each(Object.keys(failureCodes))('%s has a meaning', (code) => {
    expect(adviceOn(code as keyof typeof failureCodes).means).toMatch(/^[A-Z].*\.$/)
  })
})

describe('text', () => {
  it('wraps below its beginning; a thought has a sign', () => {
    const entry: Entry = {
      kind: 'text',
      type: 'thought',
      ts,
      voice: 'thought',
      text: 'one two three four\n\nfive',
    }
    expect(rows(entry, { width: 30 })).toEqual(['… one two three four', '', '  five'])
    expect(rows(entry, { width: 40 })).toEqual(['12:01:07 … one two three four', '', '           five'])
  })

  it('that is still being written ends with a cursor', () => {
    const stream = { text: 'So far', nextOffset: 6, ts }
    expect(streamLines(stream, 'assistant', 40).map(textOfLine)).toEqual(['12:01:07 So far▌'])
    expect(streamLines({ ...stream, text: '' }, 'assistant', 40)).toEqual([])
  })
})

describe('what was laid out', () => {
  const entries = Array.from({ length: 5_000 }, (_, nth) => call({ callId: `c-${nth}`, outcome: ok }))
  const layout = { width: 60, unfolded: false, output: '', nowMs, tick: 0 }
  const [first] = entries as [CallEntry]

  it('is remembered while it is looked at', () => {
    const lines = entryLines(first, layout)
    for (const entry of entries.slice(0, 500)) entryLines(entry, layout)
    expect(entryLines(first, layout)).toBe(lines)
    expect(entryLines(first, { ...layout, width: 40 })).not.toBe(lines)
  })

  it('is forgotten once it has scrolled away: a long history must not keep the rows of all that was ever seen', () => {
    const lines = entryLines(first, layout)
    for (const entry of entries) entryLines(entry, layout)
    expect(entryLines(first, layout)).toEqual(lines)
    for (const entry of entries.slice(1)) entryLines(entry, layout)
    expect(entryLines(first, layout)).not.toBe(lines)
  })
})
