import { describe, expect, test } from 'vitest'
import { ModelFailure } from '../../../src/daemon/models/model-failure.ts'
import { streamOf } from '../../support/model-streams.ts'
import type { ScriptedReply } from '../../support/model-server.ts'
import type { WireApi } from '../../support/model-wire.ts'
import { aRequest, aServer, modelAt, readAll, wireApis, type Streamed } from './wire-models.ts'

const reply: ScriptedReply = {
  text: 'Sö 🕛',
  calls: [{ name: 'current_time', args: { timezone: 'UTC' }, id: 'c' }],
}

/** Up to here the stream lacks the provider's finish marker: the event that carries it is not whole. */
const markerEnd = (api: WireApi, model: string): number => {
  const events = streamOf(api, reply, model)
  const marker = {
    google: 'finishReason',
    responses: 'response.completed',
    chat: '"tool_calls"}',
    anthropic: 'message_stop',
  }[api]
  const index = events.findIndex((event) => event.includes(marker))
  expect(index, 'the stream has a finish marker').toBeGreaterThan(0)
  return Buffer.byteLength(events.slice(0, index + 1).join(''))
}

const models = {
  google: 'gemini-flash-latest',
  responses: 'gpt-5-mini',
  chat: 'gpt-5-mini',
  anthropic: 'claude-haiku-4-5',
}

describe.each(wireApis)('a stream of %s', (api) => {
  const total = Buffer.byteLength(streamOf(api, reply, models[api]).join(''))
  const wholeFrom = markerEnd(api, models[api])

  test('that ends cleanly at a byte before the finish marker is no reply and may be tried again', async () => {
    const cuts = Array.from({ length: wholeFrom }, (_, cut) => cut).filter((cut) =>
      isWorthACut(cut, wholeFrom),
    )
    const outcomes = await cutAt(api, cuts, 'end')
    for (const [cut, outcome] of outcomes) {
      expectCut(outcome, `cut at byte ${cut}`)
      expect(outcome.error, `cut at byte ${cut}`).toMatchObject({ code: 'model_unavailable' })
    }
  }, 60_000)

  test('that is reset at any of many bytes is no reply and may be tried again', async () => {
    const cuts = Array.from({ length: Math.ceil(wholeFrom / 41) }, (_, index) => index * 41)
    const outcomes = await cutAt(api, cuts, 'reset')
    for (const [cut, outcome] of outcomes) expectCut(outcome, `reset at byte ${cut}`)
  })

  test('that lacks only bytes after the finish marker is a whole reply', async () => {
    const outcomes = await cutAt(api, [wholeFrom, total], 'end')
    for (const [cut, { error, replies }] of outcomes) {
      expect(error, `cut at byte ${cut}`).toBeUndefined()
      expect(replies).toMatchObject([{ finish: 'tool_calls' }])
    }
  })
})

/** Every byte of its end, and every seventh before, to save time. */
const isWorthACut = (cut: number, wholeFrom: number): boolean => wholeFrom - cut < 350 || cut % 7 === 0

/** One call for each place of the cut, some at a time. */
const cutAt = async (
  api: WireApi,
  cuts: readonly number[],
  cutBy: 'end' | 'reset',
): Promise<[number, Streamed][]> => {
  const server = await aServer(({ text }) => ({
    ...reply,
    cutAfterBytes: Number(/cut here: (\d+)/.exec(text)?.[1]),
    cutBy,
  }))
  const model = await modelAt(api, server.url)
  const outcomes: [number, Streamed][] = []
  const waiting = [...cuts]
  const worker = async (): Promise<void> => {
    for (let cut = waiting.shift(); cut !== undefined; cut = waiting.shift()) {
      const content = [{ type: 'text' as const, text: `cut here: ${cut}` }]
      outcomes.push([
        cut,
        await readAll(model.stream(aRequest({ prompt: [{ role: 'user', content }], tools: [] }))),
      ])
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  expect(outcomes).toHaveLength(cuts.length)
  return outcomes
}

const expectCut = ({ error, replies }: Streamed, where: string): void => {
  expect(replies, where).toHaveLength(0)
  expect(error, where).toBeInstanceOf(ModelFailure)
  const failure = error as ModelFailure
  expect(['model_unavailable', 'model_protocol'], `${where}: ${failure.message}`).toContain(failure.code)
  expect(failure.retryable, `${where}: ${failure.message}`).toBe(true)
}
