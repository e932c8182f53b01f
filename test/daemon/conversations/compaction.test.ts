import { expect, test } from 'vitest'
import { contextWindow } from '../../../src/protocol/context-window.ts'
import { ModelFailure } from '../../../src/daemon/models/model-failure.ts'
import type { ModelRequest } from '../../../src/daemon/models/model.ts'
import { offlineDemoModel } from '../../../src/daemon/models/offline-demo.ts'
import type { EventPayload } from '../../../src/protocol/event.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { scriptedModel, type Scripted } from '../agent/scripted-model.ts'
import { openConversations, type TestConversations } from './open-conversations.ts'

/** Every message and every answer of these tests is of this length, so that five turns fill a window of 4,000 tokens. */
const filler = 'x'.repeat(1600)
const contextTokens = 4000

const isSummaryCall = ({ tools }: ModelRequest): boolean => tools.length === 0

const says = (content: string, inputTokens = 0): Scripted => ({
  reply: {
    parts: [{ type: 'text', text: content }],
    finish: 'stop',
    usage: { inputTokens, outputTokens: 0, cachedTokens: 0 },
  },
})

const summarising = (summary: (nth: number) => Scripted) => {
  let summaries = 0
  return scriptedModel((nth, request) =>
    isSummaryCall(request) ? summary((summaries += 1)) : says(`A${nth} ${filler}`),
  )
}

type Compaction = EventPayload<'compaction'>

const compactionsOf = async ({ eventsOf }: TestConversations, task: Task): Promise<Compaction[]> =>
  (await eventsOf(task)).flatMap((event) => (event.type === 'compaction' ? [event.data] : []))

const textOf = ({ prompt }: ModelRequest): string => JSON.stringify(prompt.slice(1))

test('what nears the window is summarised once, on the record; later turns see the summary and what came after', async () => {
  const model = summarising((nth) => says(`SUMMARY ${nth}`))
  const conversations = await openConversations(model, { contextTokens })
  const turns: Task[] = []
  for (let nth = 1; nth <= 9; nth += 1) turns.push(await conversations.say(`Q${nth} ${filler}`))
  const summaries = model.requests.filter(isSummaryCall)
  const compactions: Compaction[] = []
  for (const turn of turns) compactions.push(...(await compactionsOf(conversations, turn)))
  expect(compactions.length).toBeGreaterThan(1)
  expect(summaries).toHaveLength(compactions.length)
  for (const { tokens_before, tokens_after } of compactions) {
    expect(tokens_before).toBeGreaterThan(contextTokens * 0.8)
    expect(tokens_after).toBeLessThan(contextTokens * 0.6)
  }
  const counts = compactions.map((compaction) => compaction.turns)
  expect(counts).toEqual([...new Set(counts)].sort((one, other) => one - other))
  // The second folds the first in, and what came after it, and nothing from before.
  const [one = '', two = ''] = summaries.map(textOf)
  expect(one).toContain('Q1 x')
  expect(two).toContain('SUMMARY 1')
  expect(two).not.toContain('Q1 x')
  // What the last turn was told: a summary, and the turns that it does not stand for, each once.
  const told = model.requests.map(textOf).at(-1) ?? ''
  expect(told.match(/SUMMARY \d/g)).toEqual([`SUMMARY ${compactions.length}`])
  for (let nth = 1; nth <= 9; nth += 1) {
    expect(told.split(`Q${nth} x`)).toHaveLength(nth <= (counts.at(-1) ?? 0) ? 1 : 2)
  }
  const { history } = await conversations.desk.show('c')
  expect(history.map(({ message }) => message.slice(0, 2))).toEqual(
    Array.from({ length: 9 }, (_, at) => `Q${at + 1}`),
  )
})

test('what a provider has counted tells more than the length of the text', async () => {
  const counted = scriptedModel((_, request) =>
    isSummaryCall(request) ? says('SUMMARY') : says(filler, 3500),
  )
  const conversations = await openConversations(counted, { contextTokens })
  const turns = [
    await conversations.say('One'),
    await conversations.say('Two'),
    await conversations.say('Three'),
  ]
  const compactions = await Promise.all(turns.map((turn) => compactionsOf(conversations, turn)))
  expect(compactions).toMatchObject([[], [{ summary: 'SUMMARY', turns: 1 }], [{ turns: 2 }]])
  expect(compactions[1]?.[0]?.tokens_before).toBeGreaterThan(3500)
  expect(conversations.store.resolve('2').usage).toMatchObject({ model_calls: 2 })
})

test('a summary is no longer than what it stands for, however much the model says', async () => {
  const counted = scriptedModel((_, request) =>
    isSummaryCall(request) ? says('S'.repeat(30_000)) : says(filler, 15_000),
  )
  const conversations = await openConversations(counted, { contextTokens: 16_000 })
  const compactions: Compaction[] = []
  for (let nth = 1; nth <= 3; nth += 1) {
    compactions.push(...(await compactionsOf(conversations, await conversations.say(`Q${nth} ${filler}`))))
  }
  expect(compactions.length).toBeGreaterThan(0)
  for (const { summary, turns } of compactions) {
    expect(summary).toContain('SSS')
    expect(summary.length).toBeLessThan(turns * 2.5 * filler.length)
  }
})

test('what is counted without being said is left alone: nothing could be left out of it', async () => {
  const counted = scriptedModel(() => says('Short.', 3500))
  const conversations = await openConversations(counted, { contextTokens })
  await conversations.say('One')
  expect(await compactionsOf(conversations, await conversations.say('Two'))).toEqual([])
})

test('a summary that cannot be had is left out honestly, and the turn goes on', async () => {
  const model = summarising((nth) =>
    nth === 1
      ? { fail: new ModelFailure('model_protocol', 'no summary today', { retryable: false }) }
      : says('  '),
  )
  const conversations = await openConversations(model, { contextTokens })
  const turns: Task[] = []
  for (let nth = 1; nth <= 9; nth += 1) turns.push(await conversations.say(`Q${nth} ${filler}`))
  expect(turns.map(({ status }) => status)).toEqual(turns.map(() => 'completed'))
  const compactions = (await Promise.all(turns.map((turn) => compactionsOf(conversations, turn)))).flat()
  const texts = compactions.map(({ summary }) => summary)
  expect(texts[0]).toMatch(
    /^\(The \d oldest turns of this conversation were left out here: .*no summary today/,
  )
  expect(texts[1]).toMatch(
    /no summary today.*\n\n\(After that, \d more turns were left out here: .*empty summary/s,
  )
})

test('the offline demo summarises nothing, and says so', async () => {
  const conversations = await openConversations(offlineDemoModel, { contextTokens: 1000 })
  await conversations.say(`Run the command: echo ${filler}`)
  const second = await conversations.say(`Run the command: echo ${filler}`)
  const [compaction] = await compactionsOf(conversations, second)
  expect(compaction).toMatchObject({
    summary: '(The oldest turn of this conversation was left out here: the offline demo cannot summarise.)',
  })
})

test('an end in the middle of a summary leaves nothing, and one after it has it done once', async () => {
  let isHanging = true
  const model = scriptedModel((nth, request) => {
    if (!isSummaryCall(request)) return says(`A${nth} ${filler}`)
    return isHanging ? { hang: true } : says('SUMMARY')
  })
  const conversations = await openConversations(model, { contextTokens })
  const { send, claimChat, finish, store, eventsOf } = conversations
  for (let nth = 1; nth <= 3; nth += 1) await conversations.say(`Q${nth} ${filler}`)
  const { id } = await send(`Q4 ${filler}`)
  const interrupted = await claimChat()
  const running = finish(interrupted)
  await model.called(4)
  interrupted.stop({ kind: 'shutdown' })
  await running
  const parked = store.resolve(id)
  expect(parked.status).toBe('pending')
  expect(await compactionsOf(conversations, parked)).toEqual([])
  const notes = (await eventsOf(parked)).map((event) => event.type === 'progress' && event.data.note)
  expect(notes).toContainEqual(expect.stringMatching(/^Summarising the \d? ?oldest turn/))
  isHanging = false
  const again = await claimChat()
  await finish(again)
  expect(store.resolve(id).status).toBe('completed')
  expect(await compactionsOf(conversations, parked)).toHaveLength(1)
  expect(model.requests.filter(isSummaryCall)).toHaveLength(2)
})

test('a turn that is taken up again after its summary goes on from that, and makes no other', async () => {
  let isHanging = true
  const model = scriptedModel((nth, request) => {
    if (isSummaryCall(request)) return says('SUMMARY')
    return isHanging && textOf(request).includes('SUMMARY') ? { hang: true } : says(`A${nth} ${filler}`)
  })
  const conversations = await openConversations(model, { contextTokens })
  const { send, claimChat, finish, store } = conversations
  for (let nth = 1; nth <= 3; nth += 1) await conversations.say(`Q${nth} ${filler}`)
  const { id } = await send(`Q4 ${filler}`)
  const interrupted = await claimChat()
  const running = finish(interrupted)
  await model.called(5)
  interrupted.stop({ kind: 'shutdown' })
  await running
  isHanging = false
  await finish(await claimChat())
  expect(store.resolve(id).status).toBe('completed')
  expect(await compactionsOf(conversations, store.resolve(id))).toHaveLength(1)
  const [first, second] = model.requests.filter((request) => textOf(request).includes('Q4')).map(textOf)
  expect(second).toBe(first)
})

test('a day whose budget is used up pays for no summary', async () => {
  const model = summarising(() => says('SUMMARY'))
  let isOver = false
  const conversations = await openConversations(model, {
    contextTokens,
    budgetStop: async () =>
      isOver ? { kind: 'over', message: 'used up', until: '2099-01-01T00:00:00.000Z' } : null,
  })
  for (let nth = 1; nth <= 3; nth += 1) await conversations.say(`Q${nth} ${filler}`)
  isOver = true
  expect(await conversations.say(`Q4 ${filler}`)).toMatchObject({ status: 'waiting' })
  expect(model.requests).toHaveLength(3)
})

test('a window is what the user says, else what the name of the model tells', () => {
  expect(contextWindow('anthropic/claude-opus-5', null)).toBe(200_000)
  expect(contextWindow('openai/gpt-4.1-mini', null)).toBe(1_047_576)
  expect(contextWindow('openai/meta-llama/llama-4', null)).toBe(128_000)
  expect(contextWindow('google/gemini-flash-latest', 50_000)).toBe(50_000)
})
