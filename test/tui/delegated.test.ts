import { describe, expect, it } from 'vitest'
import type { ScriptedSource } from '../fixtures/tui/scripted-source.ts'
import { watchOnTerminal } from './watch-on-terminal.ts'

const delegating = (source: ScriptedSource): void => {
  const parent = source.newTask('How is the site doing?', { agent: 'guide' })
  source.start(parent.id)
  source.tool(parent.id, 'c1', 'delegate', { agent: 'liaison/insights', message: 'Look at the visits' })
  source.newTask('Something else', { status: 'blocked', depends_on: [parent.id] })
  const part = source.newTask('Look at the visits', {
    agent: 'liaison',
    parent_id: parent.id,
    request_payload: { prompt: '', pillar: 'insights', delegation: { call_id: 'c1', depth: 1 } },
  })
  source.start(part.id)
  source.emit(part.id, 'progress', { step: 2, max_steps: 48, note: 'run_command runs as process 7' })
}
const idOf = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

describe('what a task has delegated', () => {
  it.each([120, 80, 40])(
    'stands below it, and below the call, with how it does, in %i columns',
    async (columns) => {
      const { terminal, source } = await watchOnTerminal({ columns, rows: 20, story: delegating })
      const screen = await terminal.until('└ 3 ')
      const rows = screen.split('\n')
      const listed = rows.findIndex((row) => /▸ *1 \S How is/.test(row))
      expect(rows[listed + 1]).toMatch(/ 3 \S └ Look at/)
      expect(rows[listed + 2]).toMatch(/ 2 · Something/)
      expect(screen).toMatch(/delegate {2}l/)
      expect(screen).toMatch(/└ 3 \S running · step/)
      expect(terminal.widestRow()).toBeLessThanOrEqual(columns)
      source.complete(idOf(3), 'Up by 12 %.')
      source.emit(idOf(1), 'tool_result', {
        call_id: 'c1',
        name: 'delegate',
        status: 'ok',
        result: 'Up by 12 %.',
        duration_ms: 900,
        truncated: false,
        bytes: 11,
        details: { task_id: idOf(3), number: 3 },
      })
      expect(await terminal.until('└ 3 · Up by 12 %.')).toMatch(/ 3 ✓ └ Look at/)
    },
  )

  it('is a key away, and so is the way back', async () => {
    const { terminal } = await watchOnTerminal({ story: delegating })
    await terminal.until('└ 3 ')
    terminal.type('d')
    expect(await terminal.until(/▸ *3 /)).toMatch(/3 Look at the visits[^]*part of 1/)
    terminal.type('D')
    await terminal.until(/▸ *1 /)
    terminal.type('D')
    await terminal.until('no task that is listed here has delegated this one')
    terminal.type('\rd')
    await terminal.until(/▸ *3 /)
  })

  it('is shown without indentation where a search leaves the one out that has delegated it, and the key back ends the search', async () => {
    const { terminal } = await watchOnTerminal({ story: delegating })
    await terminal.until('└ 3 ')
    terminal.type('/visits\r')
    const screen = await terminal.until(/▸ *3 \S Look at the visits/)
    expect(screen).not.toMatch(/ 1 \S How is/)
    terminal.type('D')
    await terminal.until(/▸ *1 \S How is/)
  })

  it('is told by the caller where it is not listed', async () => {
    const { terminal, source } = await watchOnTerminal({ tasks: ['1'], story: delegating })
    source.emit(idOf(1), 'progress', {
      step: 1,
      max_steps: 50,
      note: 'delegated to task 3 (liaison/insights)',
    })
    await terminal.until('└ delegated to task 3 (liaison/insights)')
    terminal.type('d')
    await terminal.until('this has delegated nothing that is listed here')
  })
})
