import { describe, expect, it } from 'vitest'
import { SparkyError } from '../../src/protocol/failure.ts'
import type { ScriptedSource } from '../fixtures/tui/scripted-source.ts'
import { watchOnTerminal } from './watch-on-terminal.ts'

const running = (source: ScriptedSource): void => {
  const done = source.newTask('List all files')
  source.start(done.id)
  source.complete(done.id)
  const task = source.newTask('Research the news')
  source.start(task.id)
  source.emit(task.id, 'progress', { step: 7, max_steps: 50, note: null })
  source.tool(task.id, 'c1', 'web_search', { query: 'AI news' })
  source.result(task.id, 'c1', 'web_search', '2 results\none\ntwo', 1200)
  source.newTask('Build the site', { status: 'blocked', depends_on: [task.id] })
}
const secondId = '00000000-0000-7000-8000-000000000002'

describe('sparky watch on a terminal', () => {
  it.each([120, 80, 40])(
    'shows list and transcript in %i columns and never more than fit',
    async (columns) => {
      const { terminal } = await watchOnTerminal({ columns, rows: 20, story: running })
      const screen = await terminal.until('web_search')
      expect(screen).toMatch(/▸ *2 \S Research the/)
      expect(screen).toMatch(/3 · Build the site +after 2/)
      expect(screen).toMatch(/1 ✓ List all files/)
      expect(screen).toMatch(/└ 2 results · 3 lines ▸/)
      expect(screen.split('\n')).toHaveLength(20)
      expect(terminal.widestRow()).toBeLessThanOrEqual(columns)
    },
  )

  it.each([
    [20, 5],
    [10, 3],
    [1, 1],
    [200, 60],
  ])('draws on a terminal of %i × %i without failing', async (columns, rows) => {
    const { terminal, ended } = await watchOnTerminal({ story: running })
    terminal.resize(columns, rows)
    await terminal.until((screen) => screen.split('\n').length === rows && terminal.widestRow() <= columns)
    terminal.resize(120, 24)
    await terminal.until('Research the news')
    terminal.type('q')
    await ended
  })

  it('follows the selected task live, and says what it is doing right now', async () => {
    const { terminal, source } = await watchOnTerminal({ story: running })
    await terminal.until('web_search')
    source.delta(secondId, 'message_delta', 'So far it ', 0)
    source.delta(secondId, 'message_delta', 'covers', 10)
    await terminal.until('So far it covers▌')
    source.emit(secondId, 'message', { role: 'assistant', text: 'So far it covers Alpha.' })
    expect(await terminal.until('covers Alpha.')).not.toContain('▌')
    source.complete(secondId)
    const screen = await terminal.until('✓ Task completed')
    expect(screen).toMatch(/0 running · 1 queued · 2 done/)
    expect(screen).toMatch(/▸ 2 ✓ Research the news/)
  })

  it('says why a queued task is not running, and what a failed one means and needs', async () => {
    const { terminal, source } = await watchOnTerminal({ story: running })
    await terminal.until('web_search')
    terminal.type('j')
    expect(await terminal.until('Not running, because')).toContain('all 2 slots are taken, by 42, 43')
    terminal.type('k')
    source.fail(secondId, 'model_not_found', 'OpenAI has no model "gpt-9"')
    const screen = await terminal.until('✗ OpenAI has no model')
    expect(screen).toContain('The provider has no model of that name.')
    expect(screen).toContain('sparky models list')
  })

  it('asks anew why a task is not running when that may have changed: here, its group was paused', async () => {
    const { terminal, source } = await watchOnTerminal({ story: running })
    await terminal.until('web_search')
    terminal.type('j')
    await terminal.until('all 2 slots are taken')
    source.reasons = [{ code: 'group_paused', message: 'group "default" is paused' }]
    source.emit(null, 'queue_changed', { groups: { default: { paused: true } } })
    expect(await terminal.until('group "default" is paused')).not.toContain('all 2 slots')
  })

  it('comes through a storm of resizes with the picture of the last size', async () => {
    const { terminal } = await watchOnTerminal({ story: running })
    await terminal.until('web_search')
    for (let turn = 0; turn < 300; turn++) terminal.resize(1 + ((turn * 37) % 200), 1 + ((turn * 13) % 60))
    terminal.resize(90, 20)
    const screen = await terminal.until((shown) => /▸ *2 \S Research[^]*q quit/.test(shown))
    expect(screen.split('\n')).toHaveLength(20)
    expect(terminal.widestRow()).toBeLessThanOrEqual(90)
  })

  it('keeps everything on screen while the daemon restarts, and shows that it catches up', async () => {
    const { terminal, source } = await watchOnTerminal({ story: running })
    await terminal.until('web_search')
    source.connection({ state: 'reconnecting', reason: 'closed', retryInMs: 60_000 })
    expect(await terminal.until(/○ reconnecting \(\d+ s\)/)).toContain('web_search')
    source.connection({ state: 'replaying', behind: 118 })
    expect(await terminal.until('◐ replaying 118')).toContain('web_search')
    source.connection({ state: 'live' })
    await terminal.until('● live')
  })

  it('lists all tasks that are not over, however many pages that takes', async () => {
    const { terminal } = await watchOnTerminal({
      rows: 12,
      story: (source) => {
        source.pageSize = 7
        for (let number = 1; number <= 30; number++) source.newTask(`task ${number}.`)
      },
    })
    expect(await terminal.until('task 1.')).toMatch(/▼ 22/)
  })

  it('asks for a task that it only heard of', async () => {
    const { terminal, source } = await watchOnTerminal({
      story: (told) => {
        running(told)
        const list = told.listTasks.bind(told)
        told.listTasks = async (query) => {
          const { tasks, next_cursor } = await list(query)
          return { tasks: tasks.filter(({ number }) => number !== 3), next_cursor }
        }
      },
    })
    await terminal.until('web_search')
    expect(terminal.screen()).not.toContain('Build the site')
    source.start('00000000-0000-7000-8000-000000000003')
    await terminal.until('Build the site')
  })

  it.each([
    [200, 'offline/demo (no language model)', 'offline/demo is no language model'],
    [120, 'offline/demo (no language model)', 'running'],
    [76, 'offline/demo (no LLM)', 'running'],
  ])(
    'says plainly with %i columns that offline/demo is no language model',
    async (columns, head, screenful) => {
      const { terminal } = await watchOnTerminal({
        columns,
        story: (source) => {
          source.model = 'offline/demo'
          running(source)
        },
      })
      const screen = await terminal.until('offline/demo')
      expect(screen.split('\n')[0]).toContain(head)
      expect(screen).toContain(screenful)
    },
  )

  it('passes nothing on that a terminal would obey', async () => {
    const { terminal } = await watchOnTerminal({
      story: (source) => {
        const task = source.newTask('evil \u001B]52;c;aGk=\u0007\u202E prompt')
        source.start(task.id)
        source.emit(task.id, 'message', { role: 'assistant', text: 'a\u001B[2Jb\u009Bc\rd\u200Be' })
        source.tool(task.id, 'x\u001B[0m', 'to\u0007ol', { path: '\u001B]8;;http://x\u001B\\y' })
        source.result(task.id, 'x\u001B[0m', 'tool', '\u001B]0;title\u0007')
      },
    })
    await terminal.until('␛]0;title␇')
    // oxlint-disable-next-line no-control-regex
    const foreign = terminal.written.replaceAll(/\u001B\[(?:[\d;]*[mHJK]|\?\d+[hl]|[<>]\d*u)/g, '')
    // oxlint-disable-next-line no-control-regex
    expect(foreign).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E]/)
  })

  it('draws without colour where NO_COLOR is set, with a sign beside everything that had one', async () => {
    process.env['NO_COLOR'] = '1'
    try {
      const { terminal } = await watchOnTerminal({ story: running })
      await terminal.until('web_search')
      // oxlint-disable-next-line no-control-regex
      expect(terminal.written).not.toMatch(/\u001B\[[\d;]*m/)
    } finally {
      delete process.env['NO_COLOR']
    }
  })

  it('leaves with q, with the terminal as it was found', async () => {
    const { terminal, ended } = await watchOnTerminal({ story: running })
    expect(terminal.modes).toEqual(new Set(['1049', '2004']))
    expect(terminal.isRaw).toBe(true)
    terminal.type('q')
    await ended
    expect(terminal.modes).toEqual(new Set(['25', '7']))
    expect(terminal.isRaw).toBe(false)
  })

  it('ends with what the feed says where going on is pointless, with the terminal as it was found', async () => {
    const { terminal, source, ended } = await watchOnTerminal({ story: running })
    source.failFeeds(new SparkyError('unauthorized', 'Invalid or missing api_key'))
    await expect(ended).rejects.toThrow('Invalid or missing api_key')
    expect(terminal.modes).toEqual(new Set(['25', '7']))
  })
})
