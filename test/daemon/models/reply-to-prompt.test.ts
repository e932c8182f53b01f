import { expect, test } from 'vitest'
import type { ModelReply } from '../../../src/daemon/models/model.ts'
import { assistantMessage, toolMessage } from '../../../src/daemon/models/reply-to-prompt.ts'

const reply = (parts: ModelReply['parts']): ModelReply => ({
  parts,
  finish: 'stop',
  usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
})

test('every part keeps its place and what the provider wants back with it', () => {
  const message = assistantMessage(
    reply([
      { type: 'reasoning', text: '', providerMetadata: { openai: { reasoningEncryptedContent: 'x' } } },
      { type: 'text', text: 'Look.' },
      {
        type: 'tool_call',
        callId: 'theirs',
        name: 'a',
        rawInput: '{"b":1}',
        input: { b: 1 },
        providerMetadata: { google: { thoughtSignature: 's' } },
      },
    ]),
    ['ours'],
  )
  expect(message).toEqual({
    role: 'assistant',
    content: [
      { type: 'reasoning', text: '', providerOptions: { openai: { reasoningEncryptedContent: 'x' } } },
      { type: 'text', text: 'Look.' },
      {
        type: 'tool-call',
        toolCallId: 'ours',
        toolName: 'a',
        input: { b: 1 },
        providerOptions: { google: { thoughtSignature: 's' } },
      },
    ],
  })
})

test('arguments that are no object go back as an empty one, which every provider takes', () => {
  const call = { type: 'tool_call', callId: '', name: 'a' } as const
  const message = assistantMessage(
    reply([
      { ...call, rawInput: '{"b":' },
      { ...call, rawInput: '[1]', input: [1] },
    ]),
    ['one', 'two'],
  )
  expect(message?.content).toMatchObject([
    { toolCallId: 'one', input: {} },
    { toolCallId: 'two', input: {} },
  ])
})

test('calls without an id and empty texts are left out, and nothing at all is no message', () => {
  const call = { type: 'tool_call', callId: 'x', name: 'a', rawInput: '{}', input: {} } as const
  expect(assistantMessage(reply([{ type: 'text', text: 'Hi.' }, call]), [])?.content).toEqual([
    { type: 'text', text: 'Hi.' },
  ])
  expect(assistantMessage(reply([{ type: 'text', text: '' }, call]), [])).toBeNull()
})

test('results stand in one message, errors as errors', () => {
  expect(
    toolMessage([
      { callId: 'one', name: 'a', text: 'fine', isError: false },
      { callId: 'two', name: 'b', text: 'bad', isError: true },
    ]),
  ).toEqual({
    role: 'tool',
    content: [
      { type: 'tool-result', toolCallId: 'one', toolName: 'a', output: { type: 'text', value: 'fine' } },
      { type: 'tool-result', toolCallId: 'two', toolName: 'b', output: { type: 'error-text', value: 'bad' } },
    ],
  })
})
