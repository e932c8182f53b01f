import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Task } from '../../src/protocol/task.ts'
import type { FakeDaemon } from '../support/fake-daemon.ts'
import { runCli, startCli, startMatchingDaemon } from '../support/run-cli.ts'

/** A task that uses a tool and ends well. */
const goesWell = (task: Task, daemon: FakeDaemon): void => {
  const common = { task_id: task.id, attempt: 1, step: 1 }
  daemon.status(task.id, 'in_progress', { started_at: '2026-11-20T12:00:00.000Z' })
  daemon.append({
    ...common,
    type: 'tool_use',
    data: { call_id: 'c1', name: 'read_file', args: { path: 'a.txt' } },
  })
  daemon.append({
    ...common,
    type: 'tool_result',
    data: {
      call_id: 'c1',
      name: 'read_file',
      status: 'ok',
      result: 'one\ntwo',
      duration_ms: 12,
      truncated: false,
      bytes: 7,
    },
  })
  daemon.status(task.id, 'completed', {
    response_payload: { answer: 'All is \u001b[31mwell', data: null },
    finished_at: '2026-11-20T12:00:06.100Z',
  })
}
const fails =
  (code: 'model_auth' | 'limit_steps' | 'model_not_configured') => (task: Task, daemon: FakeDaemon) =>
    void daemon.status(task.id, 'failed', { error: { code, message: 'it went wrong', retryable: false } })

describe('sparky run', () => {
  test('prints the answer alone on stdout, and what happens on stderr', async () => {
    const daemon = await startMatchingDaemon({ onAdd: goesWell })
    const { exitCode, stdout, stderr } = await runCli(daemon.home, ['run', 'Read', 'a.txt'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'All is ␛[31mwell' })
    const lines = stderr.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''))
    expect(lines).toEqual([
      '1  tool      read_file path="a.txt"',
      '1  result    read_file ok 12 ms  one (+1 lines)',
      '✓ 1  completed in 6.1 s · 1 tool call',
    ])
  })

  test('prints with --json the finished task, and nothing else', async () => {
    const daemon = await startMatchingDaemon({ onAdd: goesWell })
    const { exitCode, stdout, stderr } = await runCli(daemon.home, ['run', 'hello', '--json'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual([...daemon.tasks.values()][0])
  })

  test('says where the agent loop is off, so that nothing runs it yet', async () => {
    const daemon = await startMatchingDaemon({ onAdd: goesWell })
    const address = path.join(daemon.home, 'daemon.json')
    const found = JSON.parse(readFileSync(address, 'utf8')) as object
    writeFileSync(address, JSON.stringify({ ...found, flags: ['--no-loop'] }))
    daemon.agentLoop = false
    const note = 'The agent loop is off: nothing runs it until "sparky agent start".'
    expect((await runCli(daemon.home, ['run', 'hello'])).stderr.split('\n')[0]).toBe(note)
    expect((await runCli(daemon.home, ['run', 'hello', '--json'])).stderr).toBe('')
    daemon.agentLoop = true
    expect((await runCli(daemon.home, ['run', 'hello'])).stderr).not.toContain(note)
  })

  test('prints with --events every event as a line', async () => {
    const daemon = await startMatchingDaemon({ onAdd: goesWell })
    const { stdout } = await runCli(daemon.home, ['run', 'hello', '--events', '--json'])
    expect(stdout.split('\n').map((line) => JSON.parse(line))).toEqual(daemon.log)
  })

  test.each([
    ['model_auth', 1],
    ['limit_steps', 7],
    ['model_not_configured', 9],
  ] as const)('fails with %s as exit %i', async (code, exitCode) => {
    const daemon = await startMatchingDaemon({ onAdd: fails(code) })
    const people = await runCli(daemon.home, ['run', 'hello'])
    expect(people).toMatchObject({ exitCode, stdout: '' })
    expect(people.stderr).toContain('sparky: it went wrong')
    const programs = await runCli(daemon.home, ['run', 'hello', '--json'])
    expect(programs.exitCode).toBe(exitCode)
    expect(JSON.parse(programs.stdout)).toMatchObject({ status: 'failed', error: { code } })
    expect(JSON.parse(programs.stderr)).toEqual({ error: { code, message: 'it went wrong', hint: null } })
  })

  test('ends with 6 where somebody else cancels the task', async () => {
    const daemon = await startMatchingDaemon({ onAdd: ({ id }, self) => void self.status(id, 'cancelled') })
    expect(await runCli(daemon.home, ['run', 'hello'])).toMatchObject({ exitCode: 6, stdout: '' })
  })

  test('ends with 8 where an approval is needed and nobody can be asked', async () => {
    const waiting_for = { kind: 'approval', until: null, approval_id: 'a1' } as const
    const daemon = await startMatchingDaemon({
      onAdd: ({ id }, self) => void self.status(id, 'waiting', { waiting_for }),
    })
    const { exitCode, stderr } = await runCli(daemon.home, ['run', 'hello'])
    expect(exitCode).toBe(8)
    expect(stderr).toContain('waits for an approval')
  })

  test('cancels the task at Ctrl+C, says so, and ends with 130', async () => {
    const daemon = await startMatchingDaemon({ onAdd: ({ id }, self) => void self.status(id, 'in_progress') })
    const cli = startCli(daemon.home, ['run', 'hello'])
    await expect.poll(() => daemon.requests.some(({ line }) => line.includes('follow=true'))).toBe(true)
    cli.kill('SIGINT')
    const { exitCode, stderr } = await cli
    expect(exitCode).toBe(130)
    expect(stderr).toContain('Cancelling task 1')
    expect([...daemon.tasks.values()][0]?.status).toBe('cancelled')
  })

  test('goes on where the connection is cut', async () => {
    const daemon = await startMatchingDaemon({
      onAdd: ({ id }, self) => {
        self.status(id, 'in_progress')
        setTimeout(() => self.cutConnections(), 100)
        setTimeout(() => self.complete(id, 'made it'), 150)
      },
    })
    expect(await runCli(daemon.home, ['run', 'hello'])).toMatchObject({ exitCode: 0, stdout: 'made it' })
  })

  test('sends what of the shell counts for the task, an id of its own, and the flags', async () => {
    const daemon = await startMatchingDaemon({ onAdd: goesWell })
    const flags = [
      '--priority',
      '-5',
      '--label',
      'a=b=c',
      '--label',
      'd=',
      '--lock',
      'x',
      '--lock',
      'cwd',
      '--after',
      '#7',
    ]
    const more = ['--context', '{"a":[1]}', '--timeout', '1.5', '--max-cost', '0.2', '--dedupe']
    await runCli(daemon.home, ['run', 'hello', ...flags, ...more], {
      AGENT_MODEL: 'offline/demo',
      SECRET: 'x',
    })
    const { line, body } = daemon.requests.find(({ line }) => line.startsWith('POST')) ?? {}
    expect(line).toBe('POST /api/v1/tasks')
    expect(body).toEqual({
      id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
      prompt: 'hello',
      cwd: daemon.home,
      environment: { PATH: process.env['PATH'], AGENT_MODEL: 'offline/demo' },
      priority: -5,
      labels: { a: 'b=c', d: '' },
      locks: ['x', 'cwd'],
      after: ['7'],
      context: { a: [1] },
      timeout: 1.5,
      max_cost: 0.2,
      dedupe: true,
    })
  })
})
