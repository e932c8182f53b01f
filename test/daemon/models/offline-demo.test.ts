import { describe, expect, test } from 'vitest'
import type { ModelPrompt, ModelRequest } from '../../../src/daemon/models/model.ts'
import { offlineDemoModel } from '../../../src/daemon/models/offline-demo.ts'
import { toolMessage } from '../../../src/daemon/models/reply-to-prompt.ts'
import { aRequest, readAll, replyOf } from './wire-models.ts'

const tools = ['current_time', 'list_directory', 'read_file', 'search_files', 'run_command', 'write_file']

const ask = (text: string, later: ModelPrompt = [], offered = tools): ModelRequest =>
  aRequest({
    prompt: [
      { role: 'system', content: 'List files? No, this is the system text.' },
      {
        role: 'user',
        content: [
          { type: 'text', text },
          { type: 'text', text: 'context: {"read": "x"}' },
        ],
      },
      ...later,
    ],
    tools: offered.map((name) => ({ name, description: '', inputSchema: {} })),
  })

const callFor = async (text: string): Promise<unknown[]> => {
  const { parts, finish } = await replyOf(offlineDemoModel.stream(ask(text)))
  expect(finish).toBe('tool_calls')
  expect(parts).toHaveLength(1)
  const [part] = parts
  return part?.type === 'tool_call' ? [part.name, part.input] : []
}

test.each([
  ['What is the current date and time?', 'current_time', {}],
  ['What time is it', 'current_time', {}],
  ["what's the date today?", 'current_time', {}],
  ['What is the current time in Europe/Berlin?', 'current_time', { timezone: 'Europe/Berlin' }],
  ['Tell me the time', 'current_time', {}],
  ['List all files in the current directory', 'list_directory', {}],
  ['list files', 'list_directory', {}],
  ['List the files in src.', 'list_directory', { path: 'src' }],
  ['please list src/daemon', 'list_directory', { path: 'src/daemon' }],
  ['List everything in "my files" recursively', 'list_directory', { path: 'my files', recursive: true }],
  ['Show me the contents of the directory test', 'list_directory', { path: 'test' }],
  ['Read README.md', 'read_file', { path: 'README.md' }],
  ['read the file docs/a.txt.', 'read_file', { path: 'docs/a.txt' }],
  ['Show me the contents of package.json', 'read_file', { path: 'package.json' }],
  ['Read "a b.txt"', 'read_file', { path: 'a b.txt' }],
  ["Search for 'foo'", 'search_files', { pattern: 'foo' }],
  ['Search for TODO in src', 'search_files', { pattern: 'TODO', path: 'src' }],
  ['search files for a.b(c)', 'search_files', { pattern: String.raw`a\.b\(c\)` }],
  ['Find "two words" in all files', 'search_files', { pattern: 'two words' }],
  ['Run the command: ls -la', 'run_command', { command: 'ls -la' }],
  ['run command echo "read README.md"', 'run_command', { command: 'echo "read README.md"' }],
  ['Execute the command: `date`', 'run_command', { command: 'date' }],
  ['Write hello world to notes/a.txt', 'write_file', { path: 'notes/a.txt', content: 'hello world' }],
  [
    'Write "to be, or not to be" to the file b.txt',
    'write_file',
    { path: 'b.txt', content: 'to be, or not to be' },
  ],
  [
    'Create a file c.txt with line one\nline two',
    'write_file',
    { path: 'c.txt', content: 'line one\nline two' },
  ],
])('%j calls %s with %j', async (text, name, input) => {
  expect(await callFor(text)).toEqual([name, input])
})

test.each([
  'Research the latest news about AI and create a summary document',
  'Why is the sky blue?',
  'Write a poem about time',
  'Run a marathon',
  'Show me how time works',
  'Find out who wrote this',
  'List three reasons to use tests',
  '',
  `Read ${' '.repeat(100_000)}x`,
])('%j is not understood, and the failure says how to get a model', async (text) => {
  const { error, replies } = await readAll(offlineDemoModel.stream(ask(text)))
  expect(replies).toHaveLength(0)
  expect(error).toMatchObject({ code: 'model_not_configured', retryable: false })
  expect((error as Error).message).toMatch(/no language model.*GEMINI_API_KEY.*sparky config set.*Ollama/s)
})

const result = (text: string, isError = false, callId = 'demo-1') =>
  toolMessage([{ callId, name: 'x', text, isError }])

describe('the answer', () => {
  test('repeats the result, says what it is, and streams', async () => {
    const { text, replies } = await readAll(
      offlineDemoModel.stream(
        ask('What is the current date and time?', [result('Friday, 2026-11-20 12:00:00')]),
      ),
    )
    expect(text).toContain('Friday, 2026-11-20 12:00:00')
    expect(text).toContain('not a language model')
    expect(replies).toMatchObject([{ finish: 'stop', parts: [{ type: 'text', text }] }])
  })

  test('is honest about an error', async () => {
    const { text } = await readAll(
      offlineDemoModel.stream(ask('Read nothing.txt', [result('no such file', true)])),
    )
    expect(text).toMatch(/reported an error:\nno such file/)
  })

  test('comes after every part of a request with several', async () => {
    const text = 'List files in src, then read a.txt\nand then run the command: pwd'
    expect(await callFor(text)).toEqual(['list_directory', { path: 'src' }])
    const later = [result('one.ts'), result('the text of a', false, 'demo-2')]
    const third = await replyOf(offlineDemoModel.stream(ask(text, later)))
    expect(third.parts).toMatchObject([{ name: 'run_command', input: { command: 'pwd' } }])
    const last = await readAll(
      offlineDemoModel.stream(ask(text, [...later, result('/home', false, 'demo-3')])),
    )
    expect(last.text).toMatch(/one\.ts.*the text of a.*\/home/s)
  })

  test('is about what the user said last', async () => {
    const later: ModelPrompt = [
      result('12:00'),
      { role: 'assistant', content: [{ type: 'text', text: 'It is noon.' }] },
      { role: 'user', content: [{ type: 'text', text: 'Read a.txt' }] },
    ]
    const { parts } = await replyOf(offlineDemoModel.stream(ask('What time is it?', later)))
    expect(parts).toMatchObject([{ name: 'read_file', input: { path: 'a.txt' } }])
  })
})

test('a tool that the agent lacks is not pretended', async () => {
  const { error } = await readAll(offlineDemoModel.stream(ask('Run the command: ls', [], ['read_file'])))
  expect(error).toMatchObject({
    code: 'model_not_configured',
    message: expect.stringContaining('run_command'),
  })
})

test('an aborted signal is obeyed', async () => {
  const request = { ...ask('What time is it?', [result('12:00')]), signal: AbortSignal.abort('stop') }
  expect((await readAll(offlineDemoModel.stream(request))).error).toBe('stop')
})
