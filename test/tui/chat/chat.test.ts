import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { conversationOf } from '../../fixtures/tui/scripted-chat.ts'
import { chatOnTerminal, taskId } from './chat-on-terminal.ts'

const answering = async () => {
  const chat = await chatOnTerminal()
  chat.terminal.type('Hello there\r')
  await chat.terminal.until('> Hello there')
  chat.source.start(taskId(1))
  return chat
}

describe('sparky chat on a terminal', () => {
  it('shows what is said, the answer as it streams as Markdown, and what it took', async () => {
    const { terminal, source, session } = await answering()
    await terminal.until('working')
    source.delta(taskId(1), 'message_delta', '# Plan\n\nIt is **easy', 0)
    await terminal.until('It is **easy▌')
    source.delta(taskId(1), 'message_delta', '** to do.', 20)
    expect(await terminal.until('It is easy to do.▌')).not.toContain('**')
    source.emit(taskId(1), 'message', { role: 'assistant', text: '# Plan\n\nIt is **easy** to do.' })
    source.emit(taskId(1), 'usage', {
      model: 'gemini-flash-latest',
      input_tokens: 12_000,
      output_tokens: 400,
      cached_tokens: 0,
      cost_usd: 0.012,
    })
    source.complete(taskId(1))
    const screen = await terminal.until('context 12.4k of ')
    expect(screen).toMatch(/sparky chat +Hello there +● live/)
    expect(screen).toMatch(/It is easy to do\.$/m)
    expect(screen).toContain('guide · gemini-flash-latest')
    expect(session.sent).toMatchObject([
      { type: 'message', agent_type: 'guide', message: 'Hello there', cwd: '/tmp' },
    ])
    expect(session.subscriptions).toMatchObject([{ conversation: expect.any(String), after: 0 }])
  })

  it('folds calls and thoughts to a line each, and unfolds all, or one', async () => {
    const { terminal, source } = await answering()
    source.emit(taskId(1), 'thought', { text: 'First I look around.\nThen I read.' })
    source.tool(taskId(1), 'a', 'web_search', { query: 'news' })
    source.result(taskId(1), 'a', 'web_search', 'one\ntwo\nthree', 1200)
    source.tool(taskId(1), 'b', 'read_file', { path: 'x.md' })
    source.result(taskId(1), 'b', 'read_file', 'alpha\nbeta')
    const folded = await terminal.until('└ alpha · 2 lines ▸')
    expect(folded).toContain('… First I look around. Then I read.')
    expect(folded).toMatch(/⚙ web_search {2}"news" +1\.2 s ✓/)
    terminal.type('\u000F')
    expect(await terminal.until(/ three$/m)).toMatch(/… First I look around\.$/m)
    terminal.type('\u000F')
    await terminal.until('└ alpha · 2 lines ▸')
    terminal.type('\t')
    await terminal.until('space fold')
    terminal.type('k ')
    const one = await terminal.until(/ beta$/m)
    expect(one).toContain('└ one · 3 lines ▸')
    terminal.type('\u001B')
    await terminal.until((screen) => !screen.includes('space fold'))
  })

  it('interrupts the turn with Esc, keeps what was said, and goes on with what was said meanwhile', async () => {
    const { terminal, source, session } = await answering()
    source.delta(taskId(1), 'message_delta', 'So far so', 0)
    await terminal.until('So far so▌')
    terminal.type('next question\r')
    expect(await terminal.until('queued, until the turn before has ended')).toContain('1 queued')
    terminal.type('\u001B')
    const screen = await terminal.until('- Interrupted.')
    expect(screen).toMatch(/So far so$/m)
    expect(session.sent.at(-1)).toEqual({ type: 'cancel', task_id: taskId(1) })
    source.start(taskId(2))
    await terminal.until((shown) => shown.includes('working') && !shown.includes('queued'))
  })

  it('sends what was written without a connection once there is one, in order, and what got lost again', async () => {
    const { terminal, source, session } = await answering()
    source.complete(taskId(1))
    await terminal.until('/help')
    session.hears = false
    terminal.type('lost on the way\r')
    await terminal.until('· sent')
    session.connection({ state: 'reconnecting', reason: 'closed', retryInMs: 60_000 })
    await terminal.until('reconnecting (60 s)')
    terminal.type('second\r')
    await terminal.until('○ waits for a connection')
    terminal.type('third\r')
    await terminal.until((screen) => screen.split('○ waits for a connection').length === 3)
    session.hears = true
    session.reconnected(source.seq)
    await terminal.until((screen) => !screen.includes('waits for a connection') && !screen.includes('· sent'))
    const said = session.sent.flatMap((frame) => (frame.type === 'message' ? [frame.message] : []))
    expect(said).toEqual(['Hello there', 'lost on the way', 'lost on the way', 'second', 'third'])
  })

  it('sends nothing twice that had arrived before the connection was lost', async () => {
    const { terminal, source, session } = await answering()
    source.complete(taskId(1))
    const before = source.seq
    session.hears = false
    terminal.type('did it arrive?\r')
    await terminal.until('· sent')
    session.connection({ state: 'reconnecting', reason: 'closed', retryInMs: 60_000 })
    const frame = session.sent.at(-1)
    if (frame?.type !== 'message') throw new Error('expected a message')
    session.hears = true
    source.turnOf(frame)
    source.start(taskId(2))
    session.reconnected(before)
    await terminal.until('working')
    expect(session.sent.filter(({ type }) => type === 'message')).toHaveLength(2)
    expect(terminal.screen().split('did it arrive?')).toHaveLength(2)
  })

  it('says at the message why the daemon would not have it', async () => {
    const { terminal, source, session } = await chatOnTerminal()
    session.hears = false
    terminal.type('Hello\r')
    await terminal.until('· sent')
    session.emit(
      'error',
      Object.assign(new Error('Unknown agent_type: guide'), { code: 'usage', hint: null }),
    )
    expect(await terminal.until('✗')).toContain('> Hello')
    expect(source.tasks.size).toBe(0)
  })

  it('switches to a conversation of its own with another agent, and back, and mixes nothing', async () => {
    const { terminal, source, session } = await answering()
    source.complete(taskId(1))
    terminal.type('/agent liaison/insights\r')
    await terminal.until('You talk to liaison/insights.')
    terminal.type('How are sales?\r')
    expect(await terminal.until('> How are sales?')).not.toContain('Hello there')
    terminal.type('/agent guide\r')
    expect(await terminal.until('> Hello there')).not.toContain('sales')
    terminal.type('/agent liaison/insights\r')
    await terminal.until('> How are sales?')
    terminal.type('/agent liaison \r')
    await terminal.until('pillar is required for liaison agent')
    terminal.type('/agent nobody\r')
    await terminal.until('Unknown agent_type: nobody')
    const ids = session.sent.flatMap((frame) => (frame.type === 'message' ? [frame.conversation_id] : []))
    expect(new Set(ids).size).toBe(2)
    expect(session.sent.at(-1)).toMatchObject({ agent_type: 'liaison', pillar: 'insights' })
  })

  it('sends no command and no unknown one as a message, and with two slashes what begins with one', async () => {
    const { terminal, session } = await chatOnTerminal()
    terminal.type('/hepl me\r')
    await terminal.until('There is no command "/hepl".')
    terminal.type('/help \r')
    await terminal.until('a message that begins with a slash')
    terminal.type('/approve\r')
    await terminal.until('Nothing waits for your approval.')
    expect(session.sent).toEqual([])
    terminal.type('//etc is a folder\r')
    await terminal.until('> /etc is a folder')
    expect(session.sent).toMatchObject([{ message: '/etc is a folder' }])
  })

  it('goes on with an earlier conversation that is chosen, with what its turns did once they are on the screen', async () => {
    const { terminal } = await chatOnTerminal({
      story: (source) => {
        const task = source.newTask('What is new?', { kind: 'chat', conversation_id: 'c-1' })
        source.start(task.id)
        source.tool(task.id, 'a', 'web_search', { query: 'news' })
        source.result(task.id, 'a', 'web_search', 'ten results')
        source.emit(task.id, 'message', { role: 'assistant', text: 'Much is new.' })
        source.complete(task.id, 'Much is new.')
        const turn = {
          task_id: task.id,
          number: 1,
          status: 'completed' as const,
          ts: task.created_at,
          message: 'What is new?',
          answer: 'Much is new.',
          presented: [],
          error: null,
        }
        source.conversations = [
          conversationOf({ id: 'c-1', title: 'The news', history: [turn] }),
          conversationOf({ id: 'c-2', title: 'Another' }),
        ]
      },
    })
    terminal.type('/resume \r')
    await terminal.until('▸   The news')
    terminal.type('\r')
    const screen = await terminal.until('⚙ web_search')
    expect(screen).toMatch(/sparky chat +The news/)
    expect(screen).toContain('> What is new?')
    expect(screen.match(/Much is new\./g)).toHaveLength(1)
    terminal.type('/rename Old news\r')
    await terminal.until(/sparky chat +Old news/)
  })

  it('writes the conversation to a file, never over one', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'sparky-export-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const chat = await chatOnTerminal({ cwd: folder })
    chat.terminal.type('Hello there\r')
    await chat.terminal.until('queued')
    chat.terminal.type('/export talk.md\r')
    await chat.terminal.until('Written to')
    expect(await readFile(path.join(folder, 'talk.md'), 'utf8')).toMatch(/^# /)
    chat.terminal.type('/export talk.md\r')
    await chat.terminal.until('talk.md is there already')
  })

  it('takes files along that a message names, and says which it cannot', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'sparky-files-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(path.join(folder, 'notes.md'), 'Buy milk.\n')
    const { terminal, session } = await chatOnTerminal({ cwd: folder })
    terminal.type('Read @notes.md and @gone.md please\r')
    const screen = await terminal.until('! @gone.md: no such file')
    expect(screen).toContain('+ notes.md  10 B')
    expect(session.sent).toMatchObject([
      { metadata: { attachments: [{ path: 'notes.md', text: 'Buy milk.\n' }] } },
    ])
  })

  it('leaves at the second ctrl+c, at ctrl+d on an empty input, at /quit, and says where the conversation is', async () => {
    const first = await answering()
    first.terminal.type('half a sentence\u0003')
    await first.terminal.until((screen) => !screen.includes('half a sentence'))
    first.terminal.type('\u0003')
    await first.terminal.until('ctrl+c again leaves')
    first.terminal.type('\u0003')
    const conversationId = first.session.subscriptions[0]?.conversation
    expect(await first.ended).toEqual({ conversationId, isWorking: true })
    expect(first.session.sent.some(({ type }) => type === 'cancel')).toBe(false)
    const second = await chatOnTerminal()
    second.terminal.type('\u0004')
    expect(await second.ended).toEqual({ conversationId: null, isWorking: false })
    const third = await chatOnTerminal()
    third.terminal.type('/quit\r')
    await third.ended
  })

  it.each([
    [120, 30],
    [80, 24],
    [40, 20],
    [12, 5],
    [1, 1],
  ])('never draws more than fits on %i × %i', async (columns, rows) => {
    const { terminal, source } = await answering()
    source.tool(taskId(1), 'a', 'run_command', { command: 'npm run build && npm test' })
    source.output(taskId(1), 'a', '日本語のテキスト '.repeat(20))
    source.delta(
      taskId(1),
      'message_delta',
      '| a | b |\n|---|---|\n| one | two |\n\n```\nlong line '.padEnd(300, 'x'),
      0,
    )
    terminal.resize(columns, rows)
    await terminal.until((screen) => screen.split('\n').length === rows && terminal.widestRow() <= columns)
    terminal.resize(100, 24)
    await terminal.until('run_command')
  })

  it('shows nothing of a hostile answer or title that a terminal obeys', async () => {
    const { terminal, source } = await answering()
    source.emit(taskId(1), 'message', { role: 'assistant', text: 'a\u001B]0;owned\u0007b \u202Egnp.exe' })
    source.tool(taskId(1), 'a', 'evil\u001B[2J', { 'x\u001B': '\u001B[31m' })
    await terminal.until('evil')
    expect(terminal.written).not.toContain('owned\u0007')
    expect(terminal.written).not.toContain('\u202E')
  })

  it('has the Task Monitor beside the chat for the user agent: Tab goes there, Enter opens a transcript, q comes back', async () => {
    const { terminal } = await chatOnTerminal({
      userId: 'agent',
      columns: 140,
      story: (source) => {
        const task = source.newTask('Build the site')
        source.start(task.id)
        source.tool(task.id, 'a', 'run_command', { command: 'make' })
      },
    })
    expect(await terminal.until('Build the site')).toMatch(/1 run/)
    terminal.type('\t')
    await terminal.until(/┃[^]*run_command/)
    terminal.type('\r')
    await terminal.until('esc list')
    terminal.type('q')
    await terminal.until((screen) => !screen.includes('┃'))
    terminal.resize(70, 30)
    await terminal.until((screen) => /Build the site/.test(screen) && terminal.widestRow() <= 70)
  })

  it('shows in the Task Monitor each task as it begins, until the user has chosen one there', async () => {
    const { terminal, source } = await chatOnTerminal({
      userId: 'agent',
      columns: 140,
      story: (source) => {
        source.agentLoop = false
        source.complete(source.newTask('Hello', { kind: 'chat' }).id, 'Hi')
      },
    })
    await terminal.until('loop off')
    source.agentLoop = true
    const [first, second, third] = ['one', 'two', 'three'].map((name) => source.newTask(`Build ${name}`))
    if (first === undefined || second === undefined || third === undefined) throw new Error('expected three')
    source.start(first.id)
    source.tool(first.id, 'a', 'run_command', { command: 'make one' })
    await terminal.until(/⚙ run_command  make one/)
    await terminal.until((screen) => !screen.includes('loop off'))
    source.start(second.id)
    source.tool(second.id, 'b', 'run_command', { command: 'make two' })
    await terminal.until(/2 run/)
    expect(terminal.screen()).toContain('make one')
    source.complete(first.id, 'Made.')
    source.complete(second.id, 'Made.')
    source.start(third.id)
    source.tool(third.id, 'c', 'run_command', { command: 'make three' })
    await terminal.until(/make three/)
    terminal.type('\t')
    await terminal.until('┃')
    source.complete(third.id, 'Made.')
    const fourth = source.newTask('Build four')
    source.start(fourth.id)
    source.tool(fourth.id, 'd', 'run_command', { command: 'make four' })
    await terminal.until(/Build four/)
    expect(terminal.screen()).toMatch(/▸[^\n]*Build three/)
  })

  it('shows what is delegated below its call, what is presented as a chart, and that old turns are summed up', async () => {
    const { terminal, source } = await answering()
    source.tool(taskId(1), 'd', 'delegate', { agent: 'liaison/insights', message: 'figures' })
    const child = source.newTask('figures', {
      agent: 'liaison',
      parent_id: taskId(1),
      request_payload: { prompt: 'figures', pillar: 'insights', delegation: { call_id: 'd', depth: 1 } },
    })
    source.start(child.id)
    source.tool(child.id, 'x', 'read_file', { path: 'sales.csv' })
    await terminal.until(/↳ liaison\/insights {2}⚙ read_file sales\.csv/)
    source.result(child.id, 'x', 'read_file', 'a,b')
    source.complete(child.id, 'Sales are up.')
    source.result(taskId(1), 'd', 'delegate', 'Sales are up.')
    await terminal.until(/↳ liaison\/insights {2}Sales are up\. .*✓/)
    const data = [
      { part: 'state', lines: 1200 },
      { part: 'layout', lines: 2400 },
    ]
    source.emit(taskId(1), 'tool_use', { call_id: 'p', name: 'present', args: {} })
    source.emit(taskId(1), 'tool_result', {
      call_id: 'p',
      name: 'present',
      status: 'ok',
      result: 'shown',
      duration_ms: 1,
      truncated: false,
      bytes: 5,
      details: { kind: 'visualization', title: 'Lines per part', chart: 'bar', data },
    })
    expect(await terminal.until('Lines per part')).toMatch(/layout █+ 2,400/)
    source.emit(taskId(1), 'compaction', {
      conversation_id: 'c',
      summary: 'They talked.',
      turns: 12,
      tokens_before: 200_000,
      tokens_after: 40_000,
    })
    await terminal.until(/── ⊟ The 12 oldest turns stand as a summary .*200k -> 40\.0k tokens/)
  })

  it('lists what waits for an approval, and passes the answer on', async () => {
    const { terminal, source } = await chatOnTerminal()
    const approval = { task_id: taskId(1), call_id: 'a', args: { command: 'rm -r x' }, requested_at: '' }
    source.approvals = [
      { ...approval, approval_id: 'one', name: 'run_command', reason: 'asks' },
      { ...approval, approval_id: 'two', name: 'write_file', reason: 'asks' },
    ]
    terminal.type('/approve\r')
    await terminal.until('▸ run_command  rm -r x  asks')
    terminal.type('\u001B[B')
    await terminal.until('▸ write_file')
    terminal.type('n')
    await terminal.until('write_file is denied')
    expect(source.calls).toEqual(['deny two'])
  })

  it('shows the screen of watch for /tasks, and comes back', async () => {
    const { terminal, source } = await answering()
    source.newTask('Build the site')
    terminal.type('/tasks\r')
    await terminal.until('q quit')
    terminal.type('q')
    await terminal.until(/sparky chat +Hello there/)
    source.emit(taskId(1), 'message', { role: 'assistant', text: 'Here I am.' })
    await terminal.until('Here I am.')
  })
})
