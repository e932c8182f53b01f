import { describe, expect, it } from 'vitest'
import { footerLine } from '../../../src/tui/layout/footer.ts'
import { age, clock, cost, count, duration, size, withLocalTimes } from '../../../src/tui/layout/format.ts'
import { headerLine } from '../../../src/tui/layout/header.ts'
import { lineWidth, textOfLine, type Line } from '../../../src/tui/layout/line.ts'
import { panesOf } from '../../../src/tui/layout/panes.ts'
import { scrubberLine } from '../../../src/tui/layout/scrubber.ts'
import { taskRow } from '../../../src/tui/layout/task-row.ts'
import { titleLines } from '../../../src/tui/layout/title.ts'
import { Recorder } from '../../../src/tui/state/recording.ts'
import { reduce } from '../../../src/tui/state/reduce.ts'
import { startState, type WatchState } from '../../../src/tui/state/watch-state.ts'
import { ScriptedSource } from '../../fixtures/tui/scripted-source.ts'
import { aTask } from '../../support/task.ts'

const stateOf = async (columns: number): Promise<WatchState> => {
  const source = new ScriptedSource()
  const running = source.newTask('one')
  source.start(running.id)
  source.emit(running.id, 'usage', {
    model: 'm',
    input_tokens: 18_000,
    output_tokens: 200,
    cached_tokens: 0,
    cost_usd: 0.03,
  })
  source.newTask('two', {
    status: 'waiting',
    waiting_for: { kind: 'approval', until: null, approval_id: 'a' },
  })
  source.newTask('three')
  source.newTask('four', { status: 'completed' })
  const filter = { only: null, hide: new Set<string>(), preset: 'everything' } as const
  let state = startState({ nowMs: 0, since: 0, filter })
  state = reduce(state, { type: 'listed', tasks: [...source.tasks.values()] })
  state = reduce(state, { type: 'daemon', status: await source.status(), withCounts: true })
  state = reduce(state, {
    type: 'feed',
    items: [{ kind: 'connection', connection: { state: 'live' } }],
  })
  return reduce(state, { type: 'resized', size: { columns, rows: 24 } })
}
const shown = (line: Line, columns: number): string => {
  expect(lineWidth(line)).toBe(columns)
  return textOfLine(line).trimEnd()
}

describe('headerLine', () => {
  it.each([
    [
      120,
      ' sparky  ● live  gemini-flash-latest   1 running · 1 queued · 1 needs you · 1 done   18.2k tok  $0.030   seq 6',
    ],
    [80, ' ● live  gemini-flash-latest   1 running · 1 queued · 1 needs you · 1 done'],
    [60, ' ● live   1 running · 1 queued · 1 needs you · 1 done'],
    [40, ' ●  1 run · 1 queued · 1 needs you'],
  ])('says in %i columns what fits', async (columns, header) => {
    expect(shown(headerLine(await stateOf(columns)), columns)).toBe(header)
  })

  it('counts down to the next try of a lost connection', async () => {
    const connection = { state: 'reconnecting', reason: 'closed', retryInMs: 3000 } as const
    const lost = reduce(await stateOf(80), { type: 'feed', items: [{ kind: 'connection', connection }] })
    expect(shown(headerLine(lost), 80)).toContain('○ reconnecting (3 s)')
    const later = reduce(lost, { type: 'tick', nowMs: 2_100 })
    expect(shown(headerLine(later), 80)).toContain('○ reconnecting (1 s)')
  })

  it('says when events come over HTTP, and why', async () => {
    const connection = { state: 'live', degraded: 'the proxy knows no WebSocket' } as const
    const header = async (columns: number): Promise<string> => {
      const items = [{ kind: 'connection', connection } as const]
      return shown(headerLine(reduce(await stateOf(columns), { type: 'feed', items })), columns)
    }
    expect(await header(160)).toContain('◍ live, degraded: the proxy knows no WebSocket')
    expect(await header(40)).toContain('◍ degraded  1 run')
  })
})

describe('rows of the list, titles and the bar of a replay', () => {
  const prompts = {
    Chinese: '把这个报告翻译成德语并且发送给所有人',
    'a family of emoji': '👨‍👩‍👧‍👦 family 🏳️‍🌈 flag 👍🏽 thumb ❤️ heart 🇩🇪🇫🇷',
    'right to left': 'اكتب تقريرا عن أخبار الأسبوع שלום עולם',
    'combining marks': 'Z̷̡̛a̴͝l̶͘g̵͠o̸͐ é ñ Å क्षि',
    'control characters': 'evil \u001B[2J\u0007\r\n\t\u202E end',
  }
  it.each(Object.entries(prompts))('are as wide as they should be with %s, at every width', (_, prompt) => {
    const source = new ScriptedSource()
    const { id } = source.newTask(prompt)
    source.start(id)
    const filter = { only: null, hide: new Set<string>(), preset: 'everything' } as const
    const recorder = new Recorder(source.tasks.get(id) ?? aTask())
    recorder.take(source.log)
    const start = startState({ nowMs: 0, since: 0, filter, hasList: false, replaySpeed: 1 })
    const opened = reduce(start, { type: 'recorded', recording: recorder.recording() })
    for (let columns = 1; columns <= 130; columns++) {
      const state = reduce(opened, { type: 'resized', size: { columns, rows: 20 } })
      const task = source.tasks.get(id) ?? aTask()
      expect(lineWidth(taskRow(state, task, { width: columns, numberWidth: 2 }))).toBe(columns)
      for (const line of titleLines(state)) expect(lineWidth(line)).toBeLessThanOrEqual(columns)
      if (state.replay !== null) expect(lineWidth(scrubberLine(state.replay, columns))).toBe(columns)
      expect(lineWidth(headerLine(state))).toBe(columns)
      expect(lineWidth(footerLine(state))).toBe(columns)
    }
  })
})

describe('footerLine', () => {
  it.each([
    [
      120,
      ' ↑↓ task  ⏎ open  space fold  c cancel  a add  PgUp/PgDn scroll  f filter  / search  e error  R replay  ? help  q quit',
    ],
    [40, ' ↑↓ task  ⏎ open  ? help  q quit'],
    [20, ' ? help  q quit'],
  ])('shows in %i columns the keys that fit, help and quit always', async (columns, footer) => {
    expect(shown(footerLine(await stateOf(columns)), columns)).toBe(footer)
  })

  it('shows the end of a long input and its cursor', async () => {
    const line = { before: `${'x'.repeat(100)}end`, after: 'after' }
    const state: WatchState = { ...(await stateOf(40)), mode: { kind: 'add', line } }
    expect(shown(footerLine(state), 40)).toMatch(/^ add task › …x+end▌after$/)
  })
})

describe('panesOf', () => {
  it.each([
    [120, 35, 'beside'],
    [80, 24, 'beside'],
    [40, 20, 'stacked'],
    [120, 6, 'stacked'],
  ] as const)('puts a screen of %i × %i %s', (columns, rows, arrangement) => {
    expect(panesOf({ columns, rows }).arrangement).toBe(arrangement)
  })

  it.each([
    // With a list, four on a screen that is wide; without, as many as have room; on a small one the one that has the keys.
    [{ columns: 200, rows: 50, tiles: 4 }, 2, 2],
    [{ columns: 120, rows: 40, tiles: 3 }, 1, 3],
    [{ columns: 120, rows: 30, tiles: 3, hasList: false }, 3, 1],
    [{ columns: 80, rows: 24, tiles: 4, hasList: false }, 2, 2],
    [{ columns: 40, rows: 24, tiles: 3, hasList: false }, 1, 3],
    [{ columns: 40, rows: 12, tiles: 3, hasList: false }, 1, 1],
    [{ columns: 20, rows: 5, tiles: 4, hasList: false }, 1, 1],
  ])('puts the transcripts of %j in %i columns and %i rows', (size, across, down) => {
    const panes = panesOf(size)
    expect([panes.across, panes.down]).toEqual([across, down])
    const width = panes.arrangement === 'beside' ? size.columns - panes.listWidth - 1 : size.columns
    expect(panes.across * (panes.paneWidth + 1) - 1).toBeLessThanOrEqual(width)
  })

  it('gives the bar of a replay its row, wherever there are three', () => {
    for (let rows = 1; rows <= 40; rows++) {
      const { paneHeight, ruled } = panesOf({ columns: 80, rows, hasList: false, hasScrubber: true })
      expect(paneHeight).toBe(Math.max(0, rows - 3 - (ruled ? 2 : 0)))
    }
  })

  it('adds up to the screen at every size, and is never negative', () => {
    for (let columns = 1; columns <= 130; columns++) {
      for (let rows = 1; rows <= 40; rows++) {
        const panes = panesOf({ columns, rows })
        expect(
          Math.min(panes.listHeight, panes.transcriptHeight, panes.titleHeight, panes.paneWidth),
        ).toBeGreaterThanOrEqual(0)
        if (panes.arrangement === 'beside') {
          expect(panes.listWidth + 1 + panes.paneWidth).toBe(columns)
          expect([panes.listHeight, panes.titleHeight + panes.transcriptHeight]).toEqual([rows - 4, rows - 4])
        } else if (rows >= 2) {
          expect(panes.listHeight + panes.titleHeight + panes.transcriptHeight).toBe(rows - 2)
        }
      }
    }
  })
})

describe('figures', () => {
  it('are short', () => {
    expect([0, 12, 400, 12_000, 185_000, 7_800_000].map(duration)).toEqual([
      '0 ms',
      '12 ms',
      '0.4 s',
      '12 s',
      '3m 5s',
      '2h 10m',
    ])
    expect([0, 42_000, 7 * 60_000, 3 * 3_600_000, 9 * 86_400_000].map(age)).toEqual([
      '0s',
      '42s',
      '7m',
      '3h',
      '9d',
    ])
    expect([42_000, 3_723_000].map(clock)).toEqual(['00:42', '1:02:03'])
    expect([980, 12_400, 99_960, 1_200_000].map(count)).toEqual(['980', '12.4k', '100k', '1.2M'])
    expect([0, 0.0001, 0.012, 1.2].map(cost)).toEqual(['$0', '<$0.001', '$0.012', '$1.20'])
    expect([12, 12_000, 1_500_000].map(size)).toEqual(['12 B', '12 KB', '1.5 MB'])
  })
})

describe('times in what the daemon says', () => {
  it('are local, to the minute, with the day only where it is another', () => {
    const at = new Date(2026, 10, 20, 14, 5, 9, 120)
    const message = `not before ${at.toISOString()}, or so`
    expect(withLocalTimes(message, at.getTime() - 60_000)).toBe('not before 14:05, or so')
    expect(withLocalTimes(message, at.getTime() - 86_400_000)).toBe('not before 20 Nov 14:05, or so')
    expect(withLocalTimes('2026-99-99T00:00:00Z', 0)).toBe('2026-99-99T00:00:00Z')
  })
})

describe('taskRow', () => {
  it('gives the prompt the room that no other column needs', () => {
    const source = new ScriptedSource()
    const task = source.newTask('Run the command: npm run build and then tell')
    const filter = { only: null, hide: new Set<string>(), preset: 'everything' } as const
    const state = reduce(startState({ nowMs: 0, since: 0, filter }), { type: 'listed', tasks: [task] })
    const row = (of: WatchState, width: number): string =>
      shown(taskRow(of, task, { width, numberWidth: 2 }), width)
    expect(row(state, 53)).toContain('Run the command: npm run build…')
    expect(row(state, 40)).toContain('Run the command: npm r…')
  })
})
