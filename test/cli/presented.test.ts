import { expect, test } from 'vitest'
import type { Task } from '../../src/protocol/task.ts'
import type { FakeDaemon } from '../support/fake-daemon.ts'
import { runCli, startMatchingDaemon } from '../support/run-cli.ts'

const presented = { kind: 'visualization', title: 'Sales', chart: 'bar', data: { Jan: 3, Feb: 6 } }

const presents = (task: Task, daemon: FakeDaemon): void => {
  const common = { task_id: task.id, attempt: 1, step: 1 }
  const call = { call_id: 'c1', name: 'present' }
  daemon.status(task.id, 'in_progress', { started_at: '2026-11-20T12:00:00.000Z' })
  daemon.append({ ...common, type: 'tool_use', data: { ...call, args: presented } })
  daemon.append({
    ...common,
    type: 'tool_result',
    data: {
      ...call,
      status: 'ok',
      result: 'Shown to the user.',
      duration_ms: 1,
      truncated: false,
      bytes: 18,
      details: presented,
    },
  })
  daemon.status(task.id, 'completed', {
    response_payload: { answer: 'It doubled.', data: presented },
    finished_at: '2026-11-20T12:00:06.100Z',
  })
}

test('what was presented stays out of pipes: run and result print the answer alone, result --data the data', async () => {
  const daemon = await startMatchingDaemon({ onAdd: presents })
  const run = await runCli(daemon.home, ['run', 'Show', 'sales'])
  expect(run.stdout).toBe('It doubled.')
  expect(run.stderr.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''))).toEqual([
    '1  tool      present kind="visualization" title="Sales" chart="bar"',
    '1  result    present ok 1 ms  Shown to the user.',
    '✓ 1  completed in 6.1 s · 1 tool call',
  ])
  const tasks = ['agent', 'tasks']
  expect(await runCli(daemon.home, [...tasks, 'result', '1'])).toMatchObject({
    stdout: 'It doubled.',
    stderr: '',
  })
  const { stdout } = await runCli(daemon.home, [...tasks, 'result', '1', '--data'])
  expect(JSON.parse(stdout)).toEqual(presented)
  const shown = await runCli(daemon.home, [...tasks, 'show', '1'])
  expect(shown.stdout).toMatch(/\nSales\nJan █+ 3\nFeb █+ 6\n\nAnswer\n\nIt doubled\.$/)
  expect((await runCli(daemon.home, [...tasks, 'show', '1'], { TERM: 'dumb' })).stdout).toMatch(
    /\nSales\nJan #+ 3\nFeb #+ 6\n/,
  )
})

test('result --data of a task that presented nothing is null', async () => {
  const daemon = await startMatchingDaemon({ onAdd: ({ id }, self) => void self.complete(id, 'done') })
  await runCli(daemon.home, ['agent', 'tasks', 'add', 'hi'])
  expect(await runCli(daemon.home, ['agent', 'tasks', 'result', '1', '--data'])).toMatchObject({
    exitCode: 0,
    stdout: 'null',
  })
})
