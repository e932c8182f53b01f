import { describe, expect, test } from 'vitest'
import { notApplied } from '../../src/cli/daemon-flags.ts'
import { checkLoop } from '../../src/cli/doctor/daemon.ts'
import { checkNode } from '../../src/cli/doctor/machine.ts'
import { modelChecks } from '../../src/cli/doctor/providers.ts'
import { exitCodeOfFailure, exitCodeOfTask } from '../../src/cli/exit-code.ts'
import { modelRows } from '../../src/daemon/models/list-models.ts'
import { missingKeys } from '../../src/cli/provider-keys.ts'
import { newTaskId } from '../../src/cli/new-task-id.ts'
import { isPlaceholder, isShown } from '../../src/cli/watch-lines.ts'
import type { Event } from '../../src/protocol/event.ts'
import type { FailureCode } from '../../src/protocol/failure.ts'
import { aStatus } from '../support/status.ts'
import { aTask } from '../support/task.ts'

test('the exit code says how a task ended', () => {
  const failed = (code: FailureCode) =>
    aTask({ status: 'failed', error: { code, message: '', retryable: false } })
  expect(exitCodeOfTask(aTask({ status: 'completed' }))).toBe(0)
  expect(exitCodeOfTask(aTask({ status: 'cancelled' }))).toBe(6)
  expect(exitCodeOfTask(failed('tool_failed'))).toBe(1)
  expect(exitCodeOfTask(failed('limit_cost'))).toBe(7)
  expect(exitCodeOfTask(failed('model_not_configured'))).toBe(9)
  expect(exitCodeOfTask(aTask({ status: 'waiting' }))).toBe(8)
  expect(exitCodeOfFailure('from_the_future' as FailureCode)).toBe(1)
})

describe('keys that the daemon lacks', () => {
  test.each([
    ['none, where no daemon runs', { OPENAI_API_KEY: 'x' }, undefined, []],
    [
      'the one that only the shell has',
      { OPENAI_API_KEY: 'x', GEMINI_API_KEY: 'y' },
      ['OPENAI_API_KEY'],
      ['GEMINI_API_KEY'],
    ],
    ['none, where it has the same by another name', { GEMINI_API_KEY: 'x' }, ['GOOGLE_API_KEY'], []],
    [
      'none, where it has one from its configuration',
      { OPENAI_API_KEY: 'x' },
      ['providers.openai.api_key'],
      [],
    ],
    ['none, where that of the shell is empty', { OPENAI_API_KEY: ' ' }, [], []],
  ])('are %s', (_, env, daemonKeys, missing) => {
    expect(missingKeys(env, daemonKeys)).toEqual(missing)
  })
})

test('flags that a running daemon goes by already are not named, others are', () => {
  const status = aStatus([], {
    url: 'http://127.0.0.1:7717',
    concurrency: 2,
    poll_interval_s: 10,
    model: 'offline/demo',
  })
  const same = {
    host: '127.0.0.1',
    port: 7717,
    concurrency: 2,
    pollInterval: 10,
    model: 'offline/demo',
    auth: true,
  }
  expect(notApplied(same, status)).toEqual([])
  expect(notApplied({ auth: true, port: 0 }, status)).toEqual([])
  expect(notApplied({ port: 1, concurrency: 3, model: 'x', auth: false }, status)).toEqual([
    '--port 1',
    '--concurrency 3',
    '--model x',
    '--no-auth',
  ])
})

const event = (type: string, data: object = {}): Event => ({ v: 1, seq: 1, type, data }) as unknown as Event

test('watch shows what passes its filter', () => {
  expect(isShown(event('thought'), {})).toBe(true)
  expect(isShown(event('thought'), { only: ['tool_use'] })).toBe(false)
  expect(isShown(event('thought'), { hide: ['thought'] })).toBe(false)
  expect(isShown(event('tool_result', { status: 'ok' }), { errors: true })).toBe(false)
  expect(isShown(event('tool_result', { status: 'interrupted' }), { errors: true })).toBe(true)
  expect(isShown(event('status', { status: 'failed' }), { errors: true })).toBe(true)
  expect(isShown(event('status', { status: 'completed' }), { errors: true })).toBe(false)
  expect(isShown(event('error'), { errors: true })).toBe(true)
})

describe('doctor', () => {
  test('wants a recent Node', () => {
    expect(checkNode('20.19.0').status).toBe('ok')
    expect(checkNode('22.0.0').status).toBe('ok')
    expect(checkNode('20.18.9')).toMatchObject({
      status: 'fail',
      hint: expect.stringContaining('nodejs.org'),
    })
  })

  test('looks at the agent loop and its heartbeat', () => {
    const now = Date.parse('2026-11-20T12:00:30Z')
    const statuses = (fields: Parameters<typeof aStatus>[1]) =>
      checkLoop(aStatus([], fields), now).map(({ status }) => status)
    expect(statuses({})).toEqual(['ok', 'ok'])
    expect(statuses({ agent_loop: false })).toEqual(['warn'])
    expect(statuses({ paused: true })).toEqual(['warn', 'ok'])
    expect(statuses({ last_heartbeat: null })).toEqual(['ok', 'ok'])
    expect(statuses({ last_heartbeat: '2026-11-20T11:50:00Z' })).toEqual(['ok', 'fail'])
  })

  const provider = {
    provider: 'openai',
    configured: true,
    key_name: 'OPENAI_API_KEY',
    reachable: true,
    key_accepted: true,
    models: ['openai/a'],
    default_model: 'openai/b',
    problem: null,
  } as const

  test('says whether a key is accepted', () => {
    const chosen = { name: 'openai/b', why: 'OPENAI_API_KEY' }
    const statuses = (fields: object) =>
      modelChecks({ chosen, problem: null, providers: [{ ...provider, ...fields }] }, {}).map(
        ({ status }) => status,
      )
    expect(statuses({})).toEqual(['ok', 'ok'])
    expect(statuses({ key_accepted: false, problem: 'no' })).toEqual(['ok', 'fail'])
    expect(statuses({ reachable: false, problem: 'no network' })).toEqual(['ok', 'warn'])
    expect(statuses({ configured: false, key_name: null })).toEqual(['ok'])
  })

  test('models list names the default of a provider also where it did not list it', () => {
    const rows = modelRows({ chosen: { name: 'openai/b', why: '' }, problem: null, providers: [provider] })
    expect(rows).toEqual([
      { name: 'openai/b', provider: 'openai', default: true, chosen: true },
      { name: 'openai/a', provider: 'openai', default: false, chosen: false },
    ])
  })
})

test('ids of new tasks are UUIDs of version 7, and sort by time', () => {
  const ids = Array.from({ length: 100 }, newTaskId)
  expect(new Set(ids).size).toBe(100)
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(Number.parseInt((ids[0] ?? '').replaceAll('-', '').slice(0, 12), 16)).toBeCloseTo(Date.now(), -4)
})

test('what stands for the events of removed tasks is left out of lines for people, unless they ask for it', () => {
  const line = event('removed')
  expect(isPlaceholder(line, {})).toBe(true)
  expect(isPlaceholder(line, { only: ['removed'] })).toBe(false)
  expect(isPlaceholder(event('thought'), {})).toBe(false)
})
