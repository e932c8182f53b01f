import { describe, expect, it } from 'vitest'
import type { ScriptedSource } from '../fixtures/tui/scripted-source.ts'
import { watchOnTerminal } from './watch-on-terminal.ts'

const idOf = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

/** Task 2 of three is over: two calls, the second one failed. The events are seconds apart. */
const past = (source: ScriptedSource): void => {
  source.newTask('The first one')
  const task = source.newTask('Fetch 世界 prices')
  source.start(task.id)
  source.tool(task.id, 'a', 'read_file', { path: 'a.md' })
  source.result(task.id, 'a', 'read_file', 'prices of a')
  source.tool(task.id, 'b', 'fetch_url', { url: 'https://example.com' })
  const result = { name: 'fetch_url', result: 'HTTP 503', duration_ms: 9, truncated: false, bytes: 8 }
  source.emit(task.id, 'tool_result', { ...result, call_id: 'b', status: 'error' })
  source.complete(task.id)
  source.newTask('The third one')
}

describe('sparky watch TASK --replay', () => {
  it.each([
    [120, 24],
    [80, 10],
    [40, 16],
  ])('plays, pauses, steps, jumps and seeks on %i × %i', async (columns, rows) => {
    const { terminal } = await watchOnTerminal({ columns, rows, story: past, tasks: ['2'], replay: 1 })
    // Stops it, so that what follows hangs on keys alone.
    terminal.type('\u001B[F')
    await terminal.until(/■ 1x ━+.*●.*7.*7/)
    expect(terminal.screen()).toContain('replay ended')
    terminal.type('0')
    await terminal.until(/1x ●.*1.*7/)
    expect(terminal.screen()).toMatch(/queued/)
    terminal.type('.')
    expect(await terminal.until(/‖ 1x ━*●.*2.*7/)).toContain('Task starting')
    terminal.type('t')
    expect(await terminal.until(/read_file[^]*1x .*3.*7/)).not.toContain('prices of a')
    terminal.type('e')
    await terminal.until(/fetch_url[^]*HTTP 503[^]*1x .*6.*7/)
    terminal.type('T')
    expect(await terminal.until(/fetch_url[^]*1x .*5.*7/)).not.toContain('HTTP 503')
    terminal.type('\u001B[D')
    expect(await terminal.until(/prices of a[^]*1x .*4.*7/)).not.toContain('fetch_url')
    terminal.type('+++')
    await terminal.until('‖ 10x')
    terminal.type(' ')
    await terminal.until(/■ 10x/)
    expect(terminal.widestRow()).toBeLessThanOrEqual(columns)
  })

  it('shows a cross where it went wrong and a sign for everything, without colour', async () => {
    process.env['NO_COLOR'] = '1'
    try {
      const { terminal } = await watchOnTerminal({ story: past, tasks: ['2'], replay: 1 })
      await terminal.until(/▶ 1x ━*●─+✗─+ event/)
      // oxlint-disable-next-line no-control-regex
      expect(terminal.written).not.toMatch(/\u001B\[[\d;]*m/)
    } finally {
      delete process.env['NO_COLOR']
    }
  })

  it('changes nothing and asks nothing but its events', async () => {
    const { terminal, source } = await watchOnTerminal({ story: past, tasks: ['2'], replay: 1 })
    await terminal.until('▶ 1x')
    terminal.type('crawp')
    await terminal.until('not in a replay')
    expect(source.calls).toEqual([])
    terminal.type('q')
  })

  it('is opened from the live screen with a key; what happens meanwhile is there when one comes back', async () => {
    const { terminal, source, ended } = await watchOnTerminal({ story: past })
    await terminal.until('The first one')
    terminal.type('jjR')
    await terminal.until(/▶ 1x .*event/)
    source.newTask('A fourth one')
    terminal.type('q')
    expect(await terminal.until('A fourth one')).toMatch(/▸ *2 ✓ Fetch/)
    terminal.type('R')
    await terminal.until(/▶ 1x .*event/)
    terminal.type('\u0003')
    await ended
    expect(terminal.modes).toEqual(new Set(['25', '7']))
    expect(terminal.isRaw).toBe(false)
  })

  it('is not opened from the live screen where the daemon does not answer, and that says so and stays', async () => {
    const { terminal, source } = await watchOnTerminal({ story: past })
    await terminal.until('The first one')
    source.showTask = () => Promise.reject(new Error('the daemon is busy'))
    terminal.type('R')
    expect(await terminal.until('✗ the daemon is busy')).toContain('The first one')
  })

  it('ends with what reading the events says where that fails', async () => {
    const { ended } = await watchOnTerminal({
      tasks: ['2'],
      replay: 1,
      story: (source) => {
        past(source)
        source.taskEvents = () => Promise.reject(new Error('the disk is gone'))
      },
    })
    await expect(ended).rejects.toThrow('the disk is gone')
  })
})

describe('several transcripts', () => {
  const three = (source: ScriptedSource): void => {
    for (const prompt of ['Alpha', 'Beta', 'Gamma']) {
      const { id } = source.newTask(prompt)
      source.start(id)
      source.emit(id, 'message', { role: 'assistant', text: `${prompt} speaks.` })
    }
  }

  it('are shown side by side where tasks are named, each followed live, the keys in one of them', async () => {
    const { terminal, source } = await watchOnTerminal({ columns: 130, story: three, tasks: ['3', '1', '2'] })
    await terminal.until((screen) =>
      ['Alpha', 'Beta', 'Gamma'].every((name) => screen.includes(`${name} speaks.`)),
    )
    expect(terminal.screen()).toMatch(/▸3 Gamma.*│ 1 Alpha.*│ 2 Beta/)
    source.emit(idOf(2), 'message', { role: 'assistant', text: 'Beta again.' })
    source.emit(idOf(3), 'message', { role: 'assistant', text: 'Gamma again.' })
    await terminal.until((screen) => screen.includes('Beta again.') && screen.includes('Gamma again.'))
    terminal.type('\t')
    await terminal.until(/ 3 Gamma.*│▸1 Alpha.*│ 2 Beta/)
    terminal.type('\t\t')
    await terminal.until(/▸3 Gamma/)
    terminal.type('\u001B[Z')
    await terminal.until(/▸2 Beta/)
    expect(terminal.screen()).toContain('Alpha speaks.')
    source.complete(idOf(1))
    await terminal.until('✓ Task completed')
  })

  it('stack where that is narrow, and fall back to the one with the keys where there is no room', async () => {
    const { terminal } = await watchOnTerminal({
      columns: 40,
      rows: 24,
      story: three,
      tasks: ['1', '2', '3'],
    })
    await terminal.until((screen) =>
      ['Alpha', 'Beta', 'Gamma'].every((name) => screen.includes(`${name} speaks.`)),
    )
    terminal.resize(40, 10)
    await terminal.until((screen) => screen.includes('Alpha speaks.') && !screen.includes('Beta'))
    terminal.type('\t')
    await terminal.until((screen) => screen.includes('Beta speaks.') && !screen.includes('Alpha'))
  })

  it('are pinned and let go with a key, beside the list', async () => {
    const { terminal } = await watchOnTerminal({ columns: 140, rows: 30, story: three })
    await terminal.until('Alpha speaks.')
    terminal.type('pj')
    expect(await terminal.until('Beta speaks.')).toContain('Alpha speaks.')
    terminal.type('j')
    expect(await terminal.until('Gamma speaks.')).not.toContain('Beta speaks.')
    terminal.type('\t')
    expect(await terminal.until(/▸1 Alpha/)).toContain('Gamma speaks.')
    terminal.type('\t')
    expect(await terminal.until(/▸3 Gamma/)).toContain('Alpha speaks.')
    terminal.type('\tp')
    await terminal.until((screen) => !screen.includes('Gamma speaks.') && screen.includes('Alpha speaks.'))
  })
})
