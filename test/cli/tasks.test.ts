import { describe, expect, test } from 'vitest'
import { startCli, runCli, startMatchingDaemon } from '../support/run-cli.ts'
import { tempHome } from '../support/temp-home.ts'
import { isEvent } from '../../src/protocol/event-names.ts'

describe('sparky agent tasks', () => {
  test('add prints the task, and that nothing will run it where the loop is off', async () => {
    const daemon = await startMatchingDaemon()
    expect(await runCli(daemon.home, ['agent', 'tasks', 'add', 'hi'])).toEqual({
      exitCode: 0,
      stdout: 'Task 1 added (pending).',
      stderr: '',
    })
    const { stdout } = await runCli(daemon.home, ['agent', 'tasks', 'add', 'hi', '--json'])
    expect(JSON.parse(stdout)).toEqual([...daemon.tasks.values()][1])
  })

  test('add - reads the prompt from stdin', async () => {
    const daemon = await startMatchingDaemon()
    const cli = startCli(daemon.home, ['agent', 'tasks', 'add', '-'], {}, { input: 'two\nlines\n' })
    expect((await cli).exitCode).toBe(0)
    expect([...daemon.tasks.values()][0]?.prompt).toBe('two\nlines')
  })

  test('add --wait ends with the task, add --follow prints its events', async () => {
    const daemon = await startMatchingDaemon({ onAdd: ({ id }, self) => void self.complete(id, 'done') })
    const waited = await runCli(daemon.home, ['agent', 'tasks', 'add', 'hi', '--wait', '--json'])
    expect(JSON.parse(waited.stdout)).toMatchObject({ status: 'completed' })
    const followed = await runCli(daemon.home, ['agent', 'tasks', 'add', 'hi', '--follow'])
    expect(followed.stdout.split('\n').map((line) => line.slice(10))).toEqual([
      '2  added     hi',
      '2  status    Task completed',
    ])
  })

  test('list prints an array, newest first, and people a table that no prompt can break', async () => {
    const daemon = await startMatchingDaemon()
    for (const prompt of ['first', 'second\nline \u001b]0;title\u0007'])
      await runCli(daemon.home, ['agent', 'tasks', 'add', prompt])
    const { stdout } = await runCli(daemon.home, ['agent', 'tasks', 'list', '--json'])
    expect(JSON.parse(stdout).map(({ number }: { number: number }) => number)).toEqual([2, 1])
    const table = await runCli(daemon.home, ['agent', 'tasks', 'list'])
    expect(table.stdout).toMatch(
      /^# {2}STATUS .*\n2 {2}· pending .* second line ␛\]0;title␇ .*\n1 {2}· pending .* first .*$/,
    )
  })

  test('show, result and events of a task that is not there end with 4', async () => {
    const { home } = await startMatchingDaemon()
    for (const command of ['show', 'result', 'events', 'why', 'cancel']) {
      const { exitCode, stderr } = await runCli(home, ['agent', 'tasks', command, '9', '--json'])
      expect(exitCode).toBe(command === 'why' ? 1 : 4)
      expect(JSON.parse(stderr).error.code).toBe(command === 'why' ? 'internal' : 'not_found')
    }
  })

  test('result prints only the answer, and ends with 5 where there is none', async () => {
    const daemon = await startMatchingDaemon()
    await runCli(daemon.home, ['agent', 'tasks', 'add', 'hi'])
    expect(await runCli(daemon.home, ['agent', 'tasks', 'result', '1'])).toMatchObject({
      exitCode: 5,
      stdout: '',
    })
    daemon.complete([...daemon.tasks.keys()][0] ?? '', '42')
    expect(await runCli(daemon.home, ['agent', 'tasks', 'result', '1'])).toEqual({
      exitCode: 0,
      stdout: '42',
      stderr: '',
    })
    const { stdout } = await runCli(daemon.home, ['agent', 'tasks', 'result', '1', '--json'])
    expect(JSON.parse(stdout)).toEqual({ answer: '42', data: null })
  })

  test('events --json are the events as they are, with what a terminal might obey escaped', async () => {
    const daemon = await startMatchingDaemon()
    await runCli(daemon.home, ['agent', 'tasks', 'add', 'evil \u009b2J \u202e'])
    const { stdout } = await runCli(daemon.home, ['agent', 'tasks', 'events', '1', '--json'])
    expect(stdout).toMatch(/^[\u0020-\u007e]*$/)
    expect(JSON.parse(stdout)).toEqual(daemon.log.filter(isEvent)[0])
  })

  test('wait gives an array in the order given, and ends by the first that did not complete', async () => {
    const daemon = await startMatchingDaemon({
      onAdd: ({ id, number }, self) =>
        void (number === 1 ? self.complete(id, 'a') : self.status(id, 'cancelled')),
    })
    for (const prompt of ['a', 'b']) await runCli(daemon.home, ['agent', 'tasks', 'add', prompt])
    const { exitCode, stdout } = await runCli(daemon.home, ['agent', 'tasks', 'wait', '2', '1', '--json'])
    expect(exitCode).toBe(6)
    expect(JSON.parse(stdout).map(({ number }: { number: number }) => number)).toEqual([2, 1])
    expect(await runCli(daemon.home, ['agent', 'tasks', 'wait', '1'])).toMatchObject({ exitCode: 0 })
  })

  test('wait follows what is not over yet', async () => {
    const daemon = await startMatchingDaemon()
    await runCli(daemon.home, ['agent', 'tasks', 'add', 'a'])
    const waiting = runCli(daemon.home, ['agent', 'tasks', 'wait', '1', '--json'])
    await expect.poll(() => daemon.requests.some(({ line }) => line.includes('follow=true'))).toBe(true)
    daemon.complete([...daemon.tasks.keys()][0] ?? '', 'done')
    expect(JSON.parse((await waiting).stdout)).toMatchObject([{ status: 'completed' }])
  })

  test('wait --timeout ends with 124, and with those that have ended', async () => {
    const daemon = await startMatchingDaemon({
      onAdd: ({ id, number }, self) => void (number === 1 && self.complete(id, 'a')),
    })
    for (const prompt of ['a', 'b']) await runCli(daemon.home, ['agent', 'tasks', 'add', prompt])
    const { exitCode, stdout, stderr } = await runCli(daemon.home, [
      'agent',
      'tasks',
      'wait',
      '1',
      '2',
      '--timeout',
      '0.2',
      '--json',
    ])
    expect(exitCode).toBe(124)
    expect(JSON.parse(stdout)).toMatchObject([{ number: 1 }])
    expect(JSON.parse(stderr).error.message).toContain('task 2 is pending')
  })
})

describe('without a daemon', () => {
  test.each([[['agent', 'tasks', 'list']], [['watch']], [['agent', 'status']]])(
    '%j only looks, and ends with 3',
    async (args) => {
      const { exitCode } = await runCli(tempHome(), args)
      expect(exitCode).toBe(3)
    },
  )
})

describe('sparky agent tasks wait', () => {
  test('shows a task that was removed after its end as it was, and goes on waiting for the others', async () => {
    const daemon = await startMatchingDaemon()
    for (const prompt of ['first', 'second']) await runCli(daemon.home, ['agent', 'tasks', 'add', prompt])
    const [first = '', second = ''] = daemon.tasks.keys()
    const waiting = startCli(daemon.home, ['agent', 'tasks', 'wait', '1', '2', '--json'])
    await expect
      .poll(() => daemon.requests.some(({ line }) => line.includes('follow=true')), { timeout: 10_000 })
      .toBe(true)
    daemon.complete(first, 'one')
    daemon.append({ task_id: first, type: 'task_removed', data: {} })
    daemon.complete(second, 'two')
    const { exitCode, stdout, stderr } = await waiting
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject([
      { number: 1, status: 'completed', response_payload: { answer: 'one' } },
      { number: 2, status: 'completed' },
    ])
  })

  test('ends with 4 where a task is removed before its end was seen', async () => {
    const daemon = await startMatchingDaemon()
    await runCli(daemon.home, ['agent', 'tasks', 'add', 'first'])
    const waiting = startCli(daemon.home, ['agent', 'tasks', 'wait', '1'])
    await expect
      .poll(() => daemon.requests.some(({ line }) => line.includes('follow=true')), { timeout: 10_000 })
      .toBe(true)
    daemon.append({ task_id: [...daemon.tasks.keys()][0] ?? '', type: 'task_removed', data: {} })
    expect(await waiting).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('was removed') })
  })
})
