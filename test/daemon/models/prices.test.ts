import { expect, test } from 'vitest'
import { costOf } from '../../../src/daemon/models/prices.ts'

const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cachedTokens: 400_000 }

test('a known model costs its fresh input, cached input and output', () => {
  expect(costOf('anthropic/claude-haiku-4-5', usage)).toBeCloseTo(0.6 * 1 + 0.4 * 0.1 + 0.1 * 5, 10)
})

test('what runs on the own machine costs nothing', () => {
  expect(costOf('offline/demo', usage)).toBe(0)
  expect(costOf('ollama/llama3.2', usage)).toBe(0)
})

test.each([
  'google/gemini-flash-latest',
  'openai/gpt-99',
  'anthropic/claude-haiku-4-5-20991231',
  'openai/toString',
  '',
])('the price of %j is not known, and not guessed', (name) => {
  expect(costOf(name, usage)).toBeNull()
})

test('a price that was announced to end is not known after its last day', () => {
  const name = 'google/gemini-3.8-flash'
  expect(costOf(name, usage, new Date('2026-12-31T23:59:59Z'))).toBeCloseTo(
    0.6 * 0.75 + 0.4 * 0.075 + 0.1 * 3.75,
    10,
  )
  expect(costOf(name, usage, new Date('2027-01-01T00:00:00Z'))).toBeNull()
})
