import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  cutBeforeFinish,
  homeWith,
  keyedProviders,
  providers,
  tell,
  variablesOf,
} from '../support/provider-home.ts'

const toolNames = (text: string): string[] =>
  [...text.matchAll(/"name":"(\w+)"/g)].map(([, name = '']) => name)

/** The address as the other test does not have it: with its version path, or without. */
const otherAddress = (provider: (typeof providers)[number], url: string): string =>
  ({
    google: `${url}/v1beta`,
    openai: `${url}/`,
    anthropic: `${url}/v1/`,
    ollama: url.replace('http://', ''),
  })[provider]

describe.each(providers)('%s', (provider) => {
  test('a task with several tools leaves its file, its answer, its usage and its price', async () => {
    const { server, sparky } = await homeWith(provider, [
      {
        reasoning: 'First the sources.',
        text: 'I read both files.',
        calls: [
          { name: 'read_file', args: { path: 'one.txt' } },
          { name: 'read_file', args: { path: 'two.txt' } },
          { name: 'write_file', args: { path: 'out/sum.md', content: '# Sum\n\nuno + dos\n' } },
          { name: 'run_command', args: { command: 'wc -l < out/sum.md; echo "exit of $0"' } },
        ],
      },
      { text: 'The sum is in **out/sum.md**.', usage: { input: 900, output: 30, cached: 400 } },
    ])
    writeFileSync(path.join(sparky.work, 'one.txt'), 'uno-mark\n')
    writeFileSync(path.join(sparky.work, 'two.txt'), 'dos-mark\n')

    const { exitCode, stderr, task, of } = await tell(sparky, 'Sum up one.txt and two.txt')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(readFileSync(path.join(sparky.work, 'out/sum.md'), 'utf8')).toBe('# Sum\n\nuno + dos\n')
    expect(task).toMatchObject({
      status: 'completed',
      model: server.environment(provider)['AGENT_MODEL'],
      response_payload: { answer: 'The sum is in **out/sum.md**.', data: null },
      progress: { step: 2 },
      usage: { input_tokens: 1000, output_tokens: 50, total_tokens: 1050, model_calls: 2, tool_calls: 4 },
    })
    const cost = { google: null, openai: 0.000_260, anthropic: 0.000_89, ollama: 0 }[provider]
    if (cost === null) expect(task.usage.cost_usd).toBeNull()
    else expect(task.usage.cost_usd).toBeCloseTo(cost, 8)

    const uses = of('tool_use')
    const results = of('tool_result')
    expect(uses.map(({ data }) => data.name)).toEqual(['read_file', 'read_file', 'write_file', 'run_command'])
    expect(results.map(({ data }) => [data.status, data.call_id])).toEqual(
      expect.arrayContaining(uses.map(({ data }) => ['ok', data.call_id])),
    )
    expect(results).toHaveLength(4)
    // Adjacent reads start together; whatever writes or acts begins when all before it have ended.
    const [, secondRead, write, command] = uses.map(({ seq }) => seq)
    expect(secondRead).toBeLessThan(Math.min(...results.map(({ seq }) => seq)))
    expect(write).toBeGreaterThan(results[1]?.seq ?? Infinity)
    expect(command).toBeGreaterThan(results[2]?.seq ?? Infinity)
    expect(of('thought').map(({ data }) => data.text)).toEqual(['First the sources.', 'I read both files.'])
    expect(of('message').map(({ data }) => data)).toEqual([
      { role: 'assistant', text: 'The sum is in **out/sum.md**.' },
    ])

    expect(server.requests).toHaveLength(2)
    const [first, second] = server.requests
    expect(toolNames(first?.text ?? '')).toEqual(
      expect.arrayContaining(['read_file', 'run_command', 'add_task']),
    )
    const told = second?.text ?? ''
    const places = ['uno-mark', 'dos-mark', 'exit of'].map((word) => told.lastIndexOf(word))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(0)
  })

  test('what cannot succeed fails at once: a model that is not there, and a request that is refused', async () => {
    const { server, sparky } = await homeWith(
      provider,
      [
        { httpStatus: 404, errorCode: 'model_not_found' },
        { httpStatus: 400, message: 'temperature: expected a number' },
      ],
      ({ url }) => ({ [variablesOf[provider].address]: otherAddress(provider, url) }),
    )
    const missing = await tell(sparky, 'Say something', ['--model', `${provider}/no-such-model`])
    expect(missing).toMatchObject({
      exitCode: 1,
      task: { error: { code: 'model_not_found', retryable: false } },
    })
    expect(missing.task.error?.message).toContain(`${provider}/no-such-model`)
    expect(missing.task.error?.message).toContain('sparky models list')
    expect(server.requests).toHaveLength(1)

    const refused = await tell(sparky, 'Say something')
    expect(refused).toMatchObject({
      exitCode: 1,
      task: { error: { code: 'model_protocol', retryable: false } },
    })
    expect(refused.task.error?.message).toContain('temperature: expected a number')
    expect(server.requests).toHaveLength(2)
  })

  test('a model that answers garbage is told what was wrong with it, and a sound answer then counts', async () => {
    const { server, sparky } = await homeWith(provider, [
      { calls: [{ name: 'make_coffee', args: { sugar: true } }] },
      { calls: [{ name: 'read_file', args: { file: 'one.txt' } }] },
      provider === 'google' ? {} : { calls: [{ name: 'read_file', args: '{"path": "one' }] },
      { text: 'Here is the answer.' },
    ])
    const { exitCode, task, of } = await tell(sparky, 'Say something')
    expect(exitCode).toBe(0)
    expect(task.response_payload).toEqual({ answer: 'Here is the answer.', data: null })
    expect(of('tool_result').every(({ data }) => data.status === 'error')).toBe(true)
    expect(of('tool_use')).toHaveLength(of('tool_result').length)
    const told = server.requests.map(({ text }) => text)
    expect(told[1]).toMatch(/there is no tool named .+make_coffee.+read_file/)
    expect(told[2]).toMatch(/expected .*path/)
    expect(told[3]).toMatch(provider === 'google' ? /Your reply was empty/ : /JSON/)
  })

  test('a model that answers nothing but garbage fails honestly', async () => {
    const { server, sparky } = await homeWith(provider, (_, index) =>
      index % 2 === 0 ? {} : { text: ' \n', calls: [{ name: 'make_coffee', args: { cups: index } }] },
    )
    const { exitCode, task, of } = await tell(sparky, 'Say something')
    expect(exitCode).toBe(1)
    expect(task).toMatchObject({
      status: 'failed',
      response_payload: null,
      error: { code: 'model_protocol' },
    })
    expect(task.error?.message).toContain('make_coffee')
    expect(of('message')).toEqual([])
    expect(server.requests).toHaveLength(4)
  })
})

test('after a 429, a cut stream and a 500 the task completes, every retry is shown, and nothing of the cut reply counts', async () => {
  await Promise.all(providers.map(retried))
}, 30_000)

const retried = async (provider: (typeof providers)[number]): Promise<void> => {
  const sentAtMs: number[] = []
  const { sparky } = await homeWith(provider, ({ api }, index) => {
    sentAtMs.push(performance.now())
    const script = [
      { httpStatus: 429, headers: { 'retry-after': '1' } },
      cutBeforeFinish(api, {
        text: 'Half of a wrong answer.',
        calls: [{ name: 'write_file', args: { path: 'wrong.txt', content: 'wrong' } }],
      }),
      { httpStatus: 500, headers: { 'retry-after': '0' } },
      { text: 'The right answer.' },
    ]
    return script[index] ?? { httpStatus: 400 }
  })
  const { exitCode, task, of } = await tell(sparky, 'Say something')
  expect({ provider, exitCode }).toEqual({ provider, exitCode: 0 })
  expect(task).toMatchObject({
    status: 'completed',
    attempt: 1,
    response_payload: { answer: 'The right answer.' },
    usage: { model_calls: 1, tool_calls: 0 },
  })
  expect(
    of('error').map(({ data }) => [data.code, data.retryable]),
    provider,
  ).toEqual([
    ['model_rate_limited', true],
    ['model_unavailable', true],
    ['model_unavailable', true],
  ])
  expect(of('error')[0]?.data.message).toMatch(/trying again in 1 s \(2 of \d\)/)
  expect((sentAtMs[1] ?? 0) - (sentAtMs[0] ?? 0)).toBeGreaterThanOrEqual(990)
  expect(sentAtMs).toHaveLength(4)
  expect(of('message').map(({ data }) => data.text)).toEqual(['The right answer.'])
  expect(of('tool_use')).toEqual([])
  expect(readdirSync(sparky.work)).toEqual([])
}

test.each(keyedProviders)(
  '%s: a wrong key fails at once, says what to do, and is written nowhere',
  async (provider) => {
    const key = 'sk-wrong-0123456789abcdefXYZ'
    const { server, sparky } = await homeWith(
      provider,
      () => ({
        httpStatus: provider === 'google' ? 400 : 401,
        errorCode: 'invalid_api_key',
        message: `Incorrect API key provided: ${key}. API key not valid.`,
      }),
      () => ({ [variablesOf[provider].key]: key, SPARKY_LOG_LEVEL: 'trace' }),
    )
    const { exitCode, stderr, task, events } = await tell(sparky, 'Say something')
    expect(exitCode).toBe(1)
    expect(server.requests).toHaveLength(1)
    expect(task).toMatchObject({ status: 'failed', error: { code: 'model_auth', retryable: false } })
    expect(task.error?.message).toContain(variablesOf[provider].key)
    expect(task.error?.message).toContain(`sparky config set providers.${provider}.api_key`)
    const shown = await sparky.run(['run', 'Say something'])
    expect(shown).toMatchObject({ exitCode: 1, stdout: '' })
    expect(shown.stderr).toContain('did not accept the key')
    const doctor = await sparky.run(['doctor'])
    const written = [
      stderr,
      JSON.stringify(task),
      JSON.stringify(events),
      shown.stderr,
      doctor.stdout,
      ...textsBelow(sparky.home),
    ]
    expect(written.filter((text) => text.includes(key))).toEqual([])
    expect(written.filter((text) => text.includes(key.slice(9)))).toEqual([])
  },
)

/** Everything that Sparky keeps. */
const textsBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
    .map((file) => readFileSync(file, 'latin1'))
