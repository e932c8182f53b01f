import { expect, test } from 'vitest'
import { Transcript } from '../../../src/daemon/agent/transcript.ts'
import type { AttemptDraft } from '../../../src/daemon/queue/running-attempt.ts'

const reply = { parts: [], finish: 'stop', usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 } }

const usage = (ranMs: number): AttemptDraft => ({
  type: 'usage',
  step: 1,
  data: { model: 'm', input_tokens: 0, output_tokens: 0, cached_tokens: 0, cost_usd: null },
  private: { reply, callIds: [], ranMs },
})
const parked = (facts: object): AttemptDraft => ({
  type: 'progress',
  step: 1,
  data: { step: 1, max_steps: null, note: null },
  private: { kind: 'parked', ...facts },
})
const turned = (changes: { attempt?: number }): AttemptDraft => ({
  type: 'status',
  data: { status: 'pending', previous: 'in_progress', message: '', changes },
})

const after = (...events: readonly AttemptDraft[]): Transcript => {
  const transcript = new Transcript()
  for (const event of events) transcript.add(event)
  return transcript
}

test('the time of an attempt is known up to its last model call, or to where it was parked', () => {
  expect(after(usage(400)).ranMs).toBe(400)
  expect(after(usage(400), parked({ for: 'shutdown', ranMs: 700 }), turned({})).ranMs).toBe(700)
  expect(after(usage(400), turned({ attempt: 2 })).ranMs).toBe(0)
  // As an earlier version wrote it.
  expect(after(usage(400), parked({})).ranMs).toBe(400)
})

test('waits for a rate limit are counted until the model answers, or another attempt begins', () => {
  const limited = parked({ for: 'rate_limit', ranMs: 1 })
  expect(after(limited, turned({}), limited).rateLimitsInARow).toBe(2)
  expect(after(limited, parked({ for: 'budget', ranMs: 1 }), limited).rateLimitsInARow).toBe(2)
  expect(after(limited, usage(1)).rateLimitsInARow).toBe(0)
  expect(after(limited, turned({ attempt: 2 })).rateLimitsInARow).toBe(0)
})
