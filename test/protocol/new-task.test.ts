import { describe, expect, it } from 'vitest'
import { check } from '../../src/protocol/check.ts'
import { addTaskBody, settingsOf } from '../../src/protocol/new-task.ts'

describe('the body of a new task', () => {
  it('names each fact once, whichever of its names the caller used', () => {
    const flags = {
      after: ['1', 2],
      at: '10m',
      lock: 'db',
      attempts: 3,
      timeout: 5,
      max_steps: 7,
      max_tokens: 8,
      max_cost: 0.5,
    }
    const fields = {
      depends_on: [1, '#2'],
      not_before: '10m',
      locks: ['db'],
      max_attempts: 3,
      limits: { timeout_s: 5, max_steps: 7, max_tokens: 8, max_cost_usd: 0.5 },
    }
    const parsed = (body: object): unknown => settingsOf(addTaskBody.parse({ prompt: 'x', ...body }))
    expect(parsed(flags)).toEqual(parsed(fields))
    expect(parsed(flags)).toEqual({
      after: ['1', '2'],
      at: '10m',
      locks: ['db'],
      maxAttempts: 3,
      limits: { timeout_s: 5, max_steps: 7, max_tokens: 8, max_cost_usd: 0.5 },
    })
  })

  it.each(['a\u0000b', 'a\nb', 'a\u001b[2J', '\u009b', '\ud800', '.', '..', ' ', ''])(
    'has no conversation that cannot be named in an address or on a line: %j',
    (id) => {
      const found = check(addTaskBody, { prompt: 'x', conversation_id: id }, 'the task')
      expect(found).toMatchObject({
        ok: false,
        message: expect.stringMatching(/^expected conversation_id to/),
      })
    },
  )

  it.each(['__proto__', 'guide_1', '../x', 'a b', '😀', '…', 'x'.repeat(200)])(
    'has any other conversation: %s',
    (id) => expect(addTaskBody.parse({ prompt: 'x', conversation_id: id }).conversation_id).toBe(id),
  )

  it.each([
    [{ max_steps: null, timeout: null, max_tokens: null, max_cost: null }],
    [{ limits: { max_steps: null, timeout_s: null, max_tokens: null, max_cost_usd: null } }],
  ])('takes null for no limit: %j', (limits) => {
    expect(settingsOf(addTaskBody.parse({ prompt: 'x', ...limits }))).toEqual({
      limits: { max_steps: null, timeout_s: null, max_tokens: null, max_cost_usd: null },
    })
  })

  it.each([
    [{}],
    [{ prompt: '' }],
    [{ prompt: '  \n ' }],
    [{ prompt: 'x', priority: 'high' }],
    [{ prompt: 'x', priority: 1.5 }],
    [{ prompt: 'x', max_steps: 0 }],
    [{ prompt: 'x', unknown: true }],
    [{ prompt: 'x', id: 'not-a-uuid' }],
    [{ prompt: 'x', labels: { a: 1 } }],
    [{ prompt: 'x', environment: { SECRET: 'x' } }],
  ])('refuses %j', (body) => {
    expect(addTaskBody.safeParse(body).success).toBe(false)
  })
})

it.each([[null], [0], ['text'], [{ a: [1, null, { b: true }] }]])('a context may be %j', (context) => {
  expect(check(addTaskBody, { prompt: 'x', context }, 'the body')).toMatchObject({ value: { context } })
})

it.each([[{ a: undefined }], [[Number.NaN]], [new Date(0)], [{ a: () => 1 }]])(
  'a context that is no JSON is refused: %o',
  (context) => {
    expect(check(addTaskBody, { prompt: 'x', context }, 'the body')).toMatchObject({
      message: expect.stringMatching(/^expected context to be JSON, found /) as string,
    })
  },
)
