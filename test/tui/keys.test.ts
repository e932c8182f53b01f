import { describe, expect, it } from 'vitest'
import type { ScriptedSource } from '../fixtures/tui/scripted-source.ts'
import { watchOnTerminal } from './watch-on-terminal.ts'

const idOf = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

/** Three tasks: 1 runs and has said a lot, 2 and 3 are queued. */
const busy = (source: ScriptedSource): void => {
  const first = source.newTask('The first one')
  source.start(first.id)
  for (let line = 1; line <= 60; line++) {
    source.emit(first.id, 'message', { role: 'assistant', text: `line ${line}.` })
  }
  source.newTask('The second one')
  source.newTask('The third one')
}

describe('keys of sparky watch', () => {
  it('move the selection, which stays on its task while others come and go', async () => {
    const { terminal, source } = await watchOnTerminal({ story: busy })
    await terminal.until('line 60.')
    terminal.type('jj')
    await terminal.until(/▸ *3 · The third one/)
    source.newTask('An urgent one', { priority: 9 })
    source.start(idOf(2))
    await terminal.until(/2 running · 2 queued/)
    expect(terminal.screen()).toMatch(/▸ *3 · The third one/)
    terminal.type('\u001B[A')
    await terminal.until(/▸ *4 · An urgent one/)
  })

  it('scroll the transcript, count what is new below, and follow again', async () => {
    const { terminal, source } = await watchOnTerminal({ story: busy })
    await terminal.until('line 60.')
    terminal.type('g')
    await terminal.until((screen) => screen.includes('line 1.') && !screen.includes('line 60.'))
    source.emit(idOf(1), 'message', { role: 'assistant', text: 'line 61.' })
    source.emit(idOf(1), 'message', { role: 'assistant', text: 'line 62.' })
    expect(await terminal.until('▼ 2 new')).toContain('line 1.')
    terminal.type('\u001B[6~')
    await terminal.until((screen) => !screen.includes('line 1.') && screen.includes('line 20.'))
    terminal.type('G')
    expect(await terminal.until('line 62.')).not.toContain('▼')
  })

  it('cancel only after a yes', async () => {
    const { terminal, source } = await watchOnTerminal({ story: busy })
    await terminal.until('line 60.')
    terminal.type('c')
    await terminal.until('Cancel task 1?')
    terminal.type('n')
    await terminal.until((screen) => !screen.includes('Cancel task 1?'))
    expect(source.calls).toEqual([])
    terminal.type('cy')
    await terminal.until('task 1 is being cancelled')
    expect(source.calls).toEqual([`cancel ${idOf(1)}`])
  })

  it('retry what is over, and say so where it is not', async () => {
    const { terminal, source } = await watchOnTerminal({ story: busy })
    await terminal.until('line 60.')
    terminal.type('r')
    await terminal.until('task 1 is not over yet')
    source.complete(idOf(1))
    await terminal.until('✓ Task completed')
    terminal.type('r')
    await terminal.until('task 1 will run again')
    expect(source.calls).toEqual([`retry ${idOf(1)}`])
  })

  it('add a task that was typed and pasted, and select it; esc adds nothing', async () => {
    const { terminal, source } = await watchOnTerminal({ story: busy })
    await terminal.until('line 60.')
    terminal.type('awrong')
    await terminal.until('add task › wrong▌')
    terminal.type('\u001B')
    await terminal.until((screen) => !screen.includes('add task'))
    terminal.type('aqc ')
    terminal.type('\u001B[200~two\rlines q\u001B[201~')
    await terminal.until('add task › qc two⏎lines q▌')
    expect(source.calls).toEqual([])
    terminal.type('\r')
    await terminal.until(/▸ *4 · qc two lines q/)
    expect(source.calls).toEqual(['add qc two\nlines q'])
  })

  it('search the list as one types', async () => {
    const { terminal } = await watchOnTerminal({ story: busy })
    await terminal.until('line 60.')
    terminal.type('/third')
    expect(await terminal.until(/▸ *3 · The third one/)).not.toContain('The second one')
    terminal.type('\r')
    await terminal.until('/ third')
    terminal.type('\u001B')
    await terminal.until('The second one')
  })

  it('explain why, and help', async () => {
    const { terminal } = await watchOnTerminal({ story: busy })
    await terminal.until('line 60.')
    terminal.type('w')
    await terminal.until('task 1 is running')
    terminal.type('?')
    expect(await terminal.until('cancel the task (asks first)')).not.toContain('line 60.')
    terminal.type('?')
    await terminal.until('line 60.')
  })

  it('say what went wrong when the daemon refuses, and stay', async () => {
    const { terminal, source } = await watchOnTerminal({ story: busy })
    await terminal.until('line 60.')
    source.retry = () => Promise.reject(new Error('the daemon is busy'))
    source.complete(idOf(1))
    await terminal.until('✓ Task completed')
    terminal.type('r')
    await terminal.until('✗ the daemon is busy')
  })
})

describe('keys inside a transcript', () => {
  const calls = (source: ScriptedSource): void => {
    const task = source.newTask('Calls')
    source.start(task.id)
    source.tool(task.id, 'a', 'read_file', { path: 'a.md' })
    source.result(task.id, 'a', 'read_file', 'first of a\nsecond of a')
    source.emit(task.id, 'error', { code: 'model_unavailable', message: 'HTTP 503', retryable: true })
    source.tool(task.id, 'b', 'read_file', { path: 'b.md' })
    source.emit(task.id, 'tool_result', {
      call_id: 'b',
      name: 'read_file',
      status: 'ok',
      result: 'head of b',
      duration_ms: 1,
      truncated: true,
      bytes: 100_000,
    })
    source.emit(task.id, 'message', { role: 'assistant', text: 'That is all.' })
  }

  it('unfold all results, or the one at the cursor, and fetch the whole of a cut one', async () => {
    const { terminal, source } = await watchOnTerminal({ story: calls })
    await terminal.until('That is all.')
    expect(terminal.screen()).not.toContain('second of a')
    source.results.set('b', 'head of b\nand its tail')
    terminal.type(' ')
    const unfolded = await terminal.until('and its tail')
    expect(unfolded).toContain('second of a')
    expect(source.calls).toEqual(['result b'])
    terminal.type(' ')
    await terminal.until((screen) => !screen.includes('second of a'))
    terminal.type('\r')
    await terminal.until(/│▸\S+ +That is all/)
    terminal.type('kkk ')
    expect(await terminal.until('second of a')).not.toContain('and its tail')
  })

  it('show and hide kinds of entries at once, where the eye is', async () => {
    const { terminal } = await watchOnTerminal({ story: calls })
    await terminal.until('That is all.')
    terminal.type('fm')
    expect(await terminal.until('no messages')).not.toContain('That is all.')
    terminal.type('m')
    await terminal.until('That is all.')
    terminal.type('r')
    expect(await terminal.until('no results')).not.toContain('first of a')
    terminal.type('c')
    expect(await terminal.until('no calls, results')).not.toContain('read_file')
    terminal.type('e')
    expect(await terminal.until('─ only errors')).not.toContain('That is all.')
    expect(terminal.screen()).toContain('HTTP 503')
    terminal.type('a')
    await terminal.until((screen) => screen.includes('first of a') && !screen.includes('─ only errors'))
    terminal.type('\r')
    await terminal.until('? help')
  })

  it('jump to errors and tool calls, on and back', async () => {
    const { terminal } = await watchOnTerminal({ story: calls })
    await terminal.until('That is all.')
    terminal.type('e')
    await terminal.until(/│▸\S+ +↻ HTTP 503/)
    terminal.type('t')
    await terminal.until(/│▸\S+ +⚙ read_file +b\.md/)
    terminal.type('T')
    await terminal.until(/│▸\S+ +⚙ read_file +a\.md/)
    terminal.type('E')
    await terminal.until(/│▸\S+ +↻ HTTP 503/)
  })

  it('find words as one types, also in a folded result, and go back with esc', async () => {
    const { terminal } = await watchOnTerminal({ story: calls })
    await terminal.until('That is all.')
    terminal.type('\r')
    await terminal.until(/│▸\S+ +That is all/)
    terminal.type('/SECOND of')
    expect(await terminal.until(/│▸ +second of a/)).toContain('1/1')
    terminal.type('\u001B')
    expect(await terminal.until(/│▸\S+ +That is all/)).not.toContain('second of a')
    terminal.type('/of')
    await terminal.until(/│▸ +└ first of a[^]*1\/3/)
    terminal.type('\r')
    await terminal.until('/ of  1/3')
    terminal.type('n')
    await terminal.until(/│▸ +second of a[^]*\/ of  2\/3/)
    terminal.type('nn')
    await terminal.until('/ of  1/3')
    terminal.type('N')
    await terminal.until(/│▸ +└ head of b[^]*\/ of  3\/3/)
    terminal.type('\u001B')
    await terminal.until((screen) => !screen.includes('/ of'))
    terminal.type('/nowhere')
    await terminal.until('not found')
  })

  it('find also what comes while the search is open', async () => {
    const { terminal, source } = await watchOnTerminal({ story: calls })
    await terminal.until('That is all.')
    source.tool(idOf(1), 'late', 'read_file', { path: 'late.md' })
    await terminal.until('late.md')
    terminal.type('\r/late')
    await terminal.until('1/1')
    source.result(idOf(1), 'late', 'read_file', 'a late answer')
    await terminal.until('1/2')
    source.emit(idOf(1), 'message', { role: 'assistant', text: 'too late' })
    await terminal.until('1/3')
  })

  it('show an entry on the whole screen with the rest of its result, and search it', async () => {
    const { terminal, source } = await watchOnTerminal({ story: calls })
    await terminal.until('That is all.')
    source.results.set('b', `head of b\n${'x\n'.repeat(1_000)}a needle\nits tail`)
    terminal.type('T\r')
    const opened = await terminal.until('1,005 lines')
    expect(opened.split('\n')[0]).toContain('read_file  b.md')
    expect(opened).toContain('path: b.md')
    terminal.type('/NEEDLE')
    expect(await terminal.until('1/1')).toContain('a needle')
    terminal.type('\r')
    await terminal.until('/ NEEDLE  1/1')
    terminal.type('\u001B')
    await terminal.until((screen) => !screen.includes('NEEDLE'))
    terminal.type('G')
    expect(await terminal.until('its tail')).toContain('end')
    terminal.type('g')
    await terminal.until('path: b.md')
    terminal.type('q')
    await terminal.until('That is all.')
    expect(source.calls).toEqual(['result b'])
  })

  it('stay with the part that is there where the rest of a result cannot be had', async () => {
    const { terminal, source } = await watchOnTerminal({ story: calls })
    await terminal.until('That is all.')
    source.toolResult = () => Promise.reject(new Error('the result is gone'))
    terminal.type('T\r')
    expect(await terminal.until('✗ the result is gone')).toContain('head of b')
    expect(terminal.screen()).not.toContain('loading')
  })

  it('find in the transcript what was typed for the list, after tab', async () => {
    const { terminal } = await watchOnTerminal({ story: calls })
    await terminal.until('That is all.')
    terminal.type('/That is')
    await terminal.until('no task has these words')
    terminal.type('\t')
    await terminal.until(/│▸\S+ +That is all[^]*find › That is▌/)
  })
})
