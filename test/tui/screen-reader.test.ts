import { describe, expect, it } from 'vitest'
import type { ScriptedSource } from '../fixtures/tui/scripted-source.ts'
import { watchOnTerminal, type Watching } from './watch-on-terminal.ts'

const idOf = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

const story = (source: ScriptedSource): void => {
  const first = source.newTask('Research the news')
  source.start(first.id)
  source.emit(first.id, 'progress', { step: 7, max_steps: 50, note: null })
  source.tool(first.id, 'a', 'web_search', { query: 'AI' })
  source.newTask('Build \u001B]0;owned\u0007 the site', { status: 'blocked', depends_on: [first.id] })
}

const listen = (setting: Parameters<typeof watchOnTerminal>[0] = {}): Promise<Watching> =>
  watchOnTerminal({ story, screenReader: true, ...setting })

/** What was said, once all of these were, in this order. */
const said = async ({ terminal }: Watching, ...texts: string[]): Promise<string> => {
  const pattern = new RegExp(texts.map(escaped).join('[^]*'))
  await terminal.until(() => pattern.test(terminal.written))
  return terminal.written
}
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

describe('sparky watch --screen-reader', () => {
  it('tells how things stand, then what changes, as lines that are never drawn over', async () => {
    const watching = await listen()
    await said(watching, '1 running, 1 queued.', 'Selected: Task 1, running, step 7 of 50: Research the news')
    await said(watching, 'Tool web_search "AI"')
    const { source, terminal } = watching
    source.result(idOf(1), 'a', 'web_search', 'two\nlines', 1200)
    source.emit(idOf(1), 'message', { role: 'assistant', text: 'Alpha is **out**.' })
    await said(watching, 'web_search: ok, 1.2 s, 2 lines: two', 'Answer: Alpha is **out**.')
    source.connection({ state: 'reconnecting', reason: 'closed', retryInMs: 3_000 })
    await said(watching, 'Connection lost: closed. Trying again.')
    source.newTask('A third one')
    source.connection({ state: 'live' })
    await said(watching, 'Live.', 'Task 3 added, queued: A third one')
    source.complete(idOf(1))
    await said(watching, 'Task 1 completed', 'Task completed')
    terminal.type('q')
    await watching.ended
    // Nothing but text, line breaks and the mode that tells a paste from typing; no drawing, no spinner, no colour.
    // oxlint-disable-next-line no-control-regex
    const text = terminal.written.replaceAll(/\u001B\[\?2004[hl]/g, '')
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]|[─-╿█░▸⠀-⣿✓✗●○◐]/)
    expect(terminal.isRaw).toBe(false)
    expect(terminal.modes).toEqual(new Set(['25', '7']))
  })

  it('tells nodes of a workflow as they begin and end, and the numbers of what is presented', async () => {
    const watching = await listen()
    await said(watching, 'Tool web_search "AI"')
    const { source } = watching
    const node = { workflow_id: idOf(1), node: 'fetch' }
    source.emit(idOf(1), 'node_update', { ...node, status: 'executing' })
    await said(watching, 'Node fetch begins')
    source.emit(idOf(1), 'node_update', { ...node, status: 'completed', output: { pages: 2 } })
    await said(watching, 'Node fetch completed, 1.0 s: pages: 2')
    const details = { kind: 'analysis', title: 'Sales', chart: 'bar', data: { Jan: 3 } }
    source.emit(idOf(1), 'tool_use', { call_id: 'p', name: 'present', args: details })
    source.emit(idOf(1), 'tool_result', {
      call_id: 'p',
      name: 'present',
      status: 'ok',
      result: 'Shown',
      duration_ms: 1,
      truncated: false,
      bytes: 5,
      details,
    })
    await said(watching, 'Shown: Sales, 1 row', 'Jan: value 3')
  })

  it('obeys the keys, echoes what is typed and asks before it cancels', async () => {
    const watching = await listen()
    await said(watching, 'Selected: Task 1')
    const { terminal, source } = watching
    terminal.type('j')
    await said(watching, 'Selected: Task 2, blocked, after 1: Build', 'Not running: all 2 slots are taken')
    terminal.type('kc')
    await said(watching, 'Cancel task 1? y for yes')
    terminal.type('y')
    await said(watching, 'task 1 is being cancelled', 'Task 1 cancelled')
    terminal.type('a')
    await said(watching, 'New task. Type its prompt')
    terminal.type('Say hi')
    await said(watching, 'Say hi')
    terminal.type('\r')
    await said(watching, 'Say hi\n', 'task 3 is queued')
    expect(source.calls).toEqual([`cancel ${idOf(1)}`, 'add Say hi'])
    terminal.type('?')
    await said(watching, 'question mark: this page.')
    terminal.type('?')
  })

  it('sums up where much happens at once', async () => {
    const watching = await listen()
    await said(watching, 'Selected: Task 1')
    for (let number = 1; number <= 100; number++) watching.source.newTask(`task ${number}`)
    const text = await said(watching, 'tasks changed. Live. 1 running, 101 queued.')
    expect(text.split('\n').length).toBeLessThan(30)
  })

  it('replays a task step by step', async () => {
    const watching = await listen({ tasks: ['1'], replay: 1 })
    await said(watching, 'Replay at 1 times the speed, 4 events.')
    watching.terminal.type('0.')
    await said(watching, 'Paused, event 2 of 4.', 'Task starting...')
    watching.terminal.type('t')
    await said(watching, 'event 4 of 4', 'Tool web_search "AI"')
  })
})
