import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Task } from '../../src/protocol/task.ts'
import { homeWith, tell } from '../support/provider-home.ts'
import { connect } from '../support/ws-client.ts'

describe('a limit ends a task with exit 7', () => {
  test.each([
    { flags: ['--max-steps', '2'], code: 'limit_steps', requests: 2 },
    { flags: ['--max-tokens', '300'], code: 'limit_tokens', requests: 3 },
    { flags: ['--max-cost', '0.0003'], code: 'limit_cost', requests: 2 },
  ])('$code after $requests model calls', async ({ flags, code, requests }) => {
    const { server, sparky } = await homeWith('anthropic', (_, index) => ({
      calls: [{ name: 'run_command', args: { command: `echo ${index}` } }],
    }))
    const { exitCode, task, of } = await tell(sparky, 'Go on and on', flags)
    expect({ exitCode, requests: server.requests.length }).toEqual({ exitCode: 7, requests })
    expect(task).toMatchObject({ status: 'failed', error: { code, retryable: false } })
    expect(task.error?.message).toContain(flags[0])
    expect(of('tool_use')).toHaveLength(of('tool_result').length)
    const plain = await sparky.run(['run', ...flags, 'Go on and on'])
    expect(plain).toMatchObject({ exitCode: 7, stdout: '' })
  })

  test('limit_time, in the middle of a reply that stalls, and the connection is let go of', async () => {
    const { server, sparky } = await homeWith('openai', [{ text: 'I begin to', stallAfterBytes: 400 }])
    const { exitCode, task } = await tell(sparky, 'Take your time', ['--timeout', '0.5'])
    expect({ exitCode, code: task.error?.code }).toEqual({ exitCode: 7, code: 'limit_time' })
    await vi.waitFor(() => expect(server.requests[0]?.aborted).toBe(true), { timeout: 5_000 })
  })

  test('limit_cost at once, where the price of the model is not known', async () => {
    const { server, sparky } = await homeWith('google', [{ text: 'Never asked.' }])
    const { exitCode, task } = await tell(sparky, 'Say something', ['--max-cost', '1'])
    expect({ exitCode, code: task.error?.code }).toEqual({ exitCode: 7, code: 'limit_cost' })
    expect(server.requests).toEqual([])
  })
})

test('the same call again and again is warned of, and then ends the task as a loop', async () => {
  const { server, sparky } = await homeWith('google', () => ({
    calls: [{ name: 'read_file', args: { path: 'one.txt' } }],
  }))
  writeFileSync(path.join(sparky.work, 'one.txt'), 'uno\n')
  const { exitCode, task } = await tell(sparky, 'Read one.txt')
  expect(exitCode).toBe(1)
  expect(task).toMatchObject({ status: 'failed', error: { code: 'loop_detected' } })
  expect(task.error?.message).toContain('read_file')
  expect(server.requests.length).toBeLessThanOrEqual(10)
  expect(server.requests.at(-1)?.text).toContain('same call')
})

test('text without end ends the task, and neither the daemon nor a reader drowns in it', async () => {
  const { server, sparky } = await homeWith('anthropic', () => ({ endless: true, text: 'again and again ' }))
  await sparky.start()
  const reader = await connect(sparky)
  reader.send({ type: 'subscribe', tasks: 'all', deltas: true })
  await reader.frame('caught_up')
  const { exitCode, task, events } = await tell(sparky, 'Say something')
  expect({ exitCode, code: task.error?.code }).toEqual({ exitCode: 1, code: 'model_protocol' })
  expect(task.error?.message).toContain('did not come to an end')
  expect(JSON.stringify(events).length).toBeLessThan(100_000)
  await reader.until(() => expect(reader.events.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq)))
  expect(server.requests.length).toBe(1)
})

test('a cancel ends a reply in the middle of it at once', async () => {
  const { server, sparky } = await homeWith('google', [{ text: 'I begin to write', stallAfterBytes: 300 }])
  const task = await sparky.add('Write something')
  await vi.waitFor(() => expect(server.requests).toHaveLength(1), { timeout: 5_000 })
  const cancelled = await sparky.json<Task>(['agent', 'tasks', 'cancel', '1'])
  expect(cancelled.id).toBe(task.id)
  expect(await sparky.run(['agent', 'tasks', 'wait', '1'])).toMatchObject({ exitCode: 6 })
  await vi.waitFor(() => expect(server.requests[0]?.aborted).toBe(true), { timeout: 5_000 })
})

test('text and reasoning stream to a subscriber as they come, anew after a cut', async () => {
  let letGo = (): void => {}
  const after = new Promise<void>((resolve) => (letGo = resolve))
  const { sparky } = await homeWith('anthropic', [
    { text: 'The first try is cut', cutAfterBytes: 700, cutBy: 'reset' },
    { reasoning: 'Let me think about it.', text: 'The second one is whole, word by word.', after },
  ])
  await sparky.start()
  const reader = await connect(sparky)
  reader.send({ type: 'subscribe', tasks: 'all', deltas: true })
  await reader.frame('caught_up')
  await sparky.add('Say something')
  const textOf = (type: string): string => {
    const texts = reader.deltas.filter((delta) => delta.type === type)
    const last = texts.findLastIndex(({ data }) => 'offset' in data && data.offset === 0)
    return last < 0
      ? ''
      : texts
          .slice(last)
          .map(({ data }) => data.text)
          .join('')
  }
  await reader.until(() => expect(textOf('message_delta')).toMatch(/^The first/))
  expect(reader.events.map(({ type }) => type)).not.toContain('message')
  letGo()
  await reader.until(() => expect(reader.events.at(-1)?.data).toMatchObject({ status: 'completed' }))
  expect(textOf('message_delta')).toBe('The second one is whole, word by word.')
  expect(textOf('thought_delta')).toBe('Let me think about it.')
  expect(reader.deltas.every((delta) => delta.v === 1 && delta.task_id !== null)).toBe(true)
})
