import { describe, expect, it } from 'vitest'
import { Queue } from '../../../src/daemon/queue/queue.ts'
import { addTaskBody, type AddTaskBody } from '../../../src/protocol/new-task.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { openQueue, statusesOf, type TestQueue } from '../../support/queue.ts'

const addChat = (queue: TestQueue, prompt: string, conversation: string): Promise<Task> =>
  queue.queue.add(addTaskBody.parse({ prompt, conversation_id: conversation }), { kind: 'chat' })

/** As the attempt of its parent would add it. */
const addPart = (queue: TestQueue, parent: Task, body: Partial<AddTaskBody> = {}): Promise<Task> =>
  queue.queue.add(addTaskBody.parse({ prompt: 'a part', parent_id: parent.id, ...body }), {
    kind: 'agent',
    payload: { delegation: { call_id: 'c', depth: 1, with_history: false, read_only: false } },
  })

const codes = ({ queue }: TestQueue, task: Task): string[] =>
  queue.why(task.id).reasons.map(({ code }) => code)

const refused = (what: Promise<unknown>): Promise<string> =>
  what.then(
    () => 'done',
    (error: Error) => error.message,
  )

describe('a turn of a conversation', () => {
  it('is taken by chat alone, and beside the slots of the loop', async () => {
    const queue = await openQueue({ concurrency: 1, groupConcurrency: { default: 1 } })
    const turn = await addChat(queue, 'Hello', 'one')
    expect(await queue.queue.claim()).toBeUndefined()
    expect(codes(queue, turn)).toEqual([])
    const chat = await queue.queue.claim('chat')
    expect(chat?.task.id).toBe(turn.id)
    const task = await queue.add('Work')
    const work = await queue.queue.claim()
    expect(work?.task.id).toBe(task.id)
    const next = await addChat(queue, 'And you?', 'two')
    const nextTurn = await queue.queue.claim('chat')
    expect(nextTurn?.task.id).toBe(next.id)
    for (const attempt of [chat, work, nextTurn]) await attempt?.settle({ kind: 'cancelled', reason: null })
  })

  it('runs with the loop off, the queue paused and its group paused', async () => {
    const queue = await openQueue({ loopOn: false })
    await queue.queue.setPaused(true)
    await queue.queue.setGroupPaused('default', true)
    const turn = await addChat(queue, 'Hello', 'one')
    expect(codes(queue, turn)).toEqual([])
    expect(queue.queue.mayClaim('chat')).toBe(true)
    await (await queue.queue.claim('chat'))?.settle({ kind: 'completed', answer: 'Hi', data: null })
  })

  it('is left by clear, of whichever kind it is: it goes with its conversation', async () => {
    const queue = await openQueue()
    await addChat(queue, 'Hi', 'c')
    await (await queue.queue.claim('chat'))?.settle({ kind: 'completed', answer: 'Hi', data: null })
    await queue.add('And this', { conversation_id: 'c' })
    await (await queue.queue.claim())?.settle({ kind: 'completed', answer: 'Done', data: null })
    expect(await queue.queue.clear({})).toEqual({ removed: 0 })
  })

  it('waits for the one before it in its conversation', async () => {
    const queue = await openQueue()
    const first = await addChat(queue, 'One', 'same')
    const second = await addChat(queue, 'Two', 'same')
    const chat = await queue.queue.claim('chat')
    expect(chat?.task.id).toBe(first.id)
    expect(codes(queue, second)).toEqual(['lock'])
    expect(await queue.queue.claim('chat')).toBeUndefined()
    await chat?.settle({ kind: 'completed', answer: '1', data: null })
    expect((await queue.queue.claim('chat'))?.task.id).toBe(second.id)
  })

  it('goes before what was added to its conversation later, also while it waits for its next attempt', async () => {
    const queue = await openQueue({ concurrency: 2 })
    const first = await addChat(queue, 'One', 'same')
    const task = await queue.add('Two', { conversation_id: 'same' })
    const third = await addChat(queue, 'Three', 'same')
    expect(codes(queue, task)).toEqual(['conversation'])
    expect(queue.queue.why(third.id).reasons).toEqual([
      { code: 'conversation', message: 'it goes on with a conversation in which task 1 comes first' },
    ])
    expect(await queue.queue.claim()).toBeUndefined()
    await queue.add('Elsewhere', { conversation_id: 'other' })
    expect((await queue.queue.claim())?.task.prompt).toBe('Elsewhere')
    const chat = await queue.queue.claim('chat')
    expect(chat?.task.id).toBe(first.id)
    expect(await queue.queue.claim()).toBeUndefined()
    await chat?.settle({ kind: 'completed', answer: '1', data: null })
    expect((await queue.queue.claim())?.task.id).toBe(task.id)
    expect(codes(queue, third)).toEqual(['lock'])
  })

  it('is not paused, changed or run again, but can be cancelled', async () => {
    const queue = await openQueue()
    const { id, number } = await addChat(queue, 'Hello', 'one')
    const turn = 'it is a turn of a conversation'
    expect(await refused(queue.queue.pause(id))).toBe(`cannot pause task ${number}: ${turn}`)
    expect(await refused(queue.queue.edit(id, { id, prompt: 'Bye' }))).toBe(
      `cannot edit task ${number}: ${turn}`,
    )
    await queue.queue.cancel(id, { by: 'test', reason: null })
    expect(await refused(queue.queue.retry(id))).toBe(`cannot retry task ${number}: ${turn}`)
  })
})

describe('a part of a task', () => {
  const openParts = async () => {
    const queue = await openQueue({ concurrency: 1 })
    await queue.add('the whole')
    const whole = await queue.queue.claim()
    if (whole === undefined) throw new Error('expected the whole to be claimed')
    const part = await addPart(queue, whole.task)
    return { ...queue, whole, part }
  }

  it('is taken by name alone, into the slot of the whole', async () => {
    const queue = await openParts()
    const { whole, part } = queue
    expect(codes(queue, part)).toEqual(['parent'])
    expect(queue.queue.why(part.id).reasons[0]?.message).toBe(
      'it is a part of task 1, and runs when that does',
    )
    expect(await queue.queue.claim()).toBeUndefined()
    expect(await queue.queue.claim('chat')).toBeUndefined()
    expect(await queue.queue.claimDelegated(whole.task.id)).toBeUndefined()
    const attempt = await queue.queue.claimDelegated(part.id)
    expect(attempt?.task.id).toBe(part.id)
    expect(await queue.queue.claimDelegated(part.id)).toBeUndefined()
    // It holds no slot of its own.
    const until = new Date(Date.now() + 60_000).toISOString()
    await whole.settle({ kind: 'waiting', for: 'rate_limit', until, message: 'later' })
    const other = await queue.add('something else')
    expect((await queue.queue.claim())?.task.id).toBe(other.id)
    await attempt?.settle({ kind: 'completed', answer: 'x', data: null })
  })

  it('ends with the whole, however that ends', async () => {
    for (const kind of ['completed', 'failed', 'cancelled'] as const) {
      const { store, whole, part } = await openParts()
      await whole.settle(
        kind === 'completed'
          ? { kind, answer: 'done', data: null }
          : kind === 'failed'
            ? { kind, error: { code: 'internal', message: 'no', retryable: false } }
            : { kind, reason: null },
      )
      expect(store.task(part.id)?.status).toBe('cancelled')
      expect(store.active()).toEqual([])
    }
  })

  it('ends with the whole in one moment: what waits for both of them fails once', async () => {
    const { store, add, whole, part } = await openParts()
    const both = await add('Use both', { after: [whole.task.id, part.id] })
    await whole.settle({ kind: 'failed', error: { code: 'internal', message: 'no', retryable: false } })
    expect(await statusesOf(store, both)).toEqual(['blocked', 'failed'])
  })

  it('ends with the attempt that it was begun by, where the whole is tried again', async () => {
    const { store, whole, part } = await openParts()
    await whole.settle({
      kind: 'failed',
      error: { code: 'stalled', message: 'nothing came', retryable: true },
    })
    expect([whole.task.id, part.id].map((id) => store.task(id)?.status)).toEqual(['pending', 'cancelled'])
  })

  it('stays where the whole is parked, and is cancelled with it, with its own parts and the calls that were lost', async () => {
    const queue = await openParts()
    const { whole, part } = queue
    const attempt = await queue.queue.claimDelegated(part.id)
    if (attempt === undefined) throw new Error('expected the part to be claimed')
    await attempt.record([
      { type: 'tool_use', step: 1, data: { call_id: 'c', name: 'run_command', args: {} } },
    ])
    const inner = await addPart(queue, attempt.task)
    // As a daemon that was killed leaves them.
    await queue.queue.recover()
    expect([whole.task, part, inner].map(({ id }) => queue.store.task(id)?.status)).toEqual(
      Array.from({ length: 3 }, () => 'pending'),
    )
    expect(codes(queue, inner)).toEqual(['parent'])
    const events: string[] = []
    queue.store.onAppend((batch) => {
      for (const { type, data, task_id } of batch) {
        const number = queue.store.task(task_id ?? '')?.number
        events.push(`${number} ${type === 'status' ? data.status : type}`)
      }
    })
    // The attempts of the daemon that was killed are nobody's any more.
    const next = new Queue({ store: queue.store, settings: () => queue.settings })
    await next.cancel(whole.task.id, { by: 'test', reason: 'enough' })
    expect(events).toEqual(['2 tool_result', '1 cancelled', '2 cancelled', '3 cancelled'])
  })

  it('is not paused, changed or run again by itself, and is not removed before the whole has ended', async () => {
    const { queue, whole, part } = await openParts()
    const { id } = part
    expect(await refused(queue.pause(id))).toBe('cannot pause task 2: it is a part of task 1')
    expect(await refused(queue.edit(id, { id, priority: 1 }))).toBe(
      'cannot edit task 2: it is a part of task 1',
    )
    await queue.cancel(id, { by: 'test', reason: null })
    expect(await refused(queue.retry(id))).toBe('cannot retry task 2: it is a part of task 1')
    expect(await refused(queue.remove(id))).toBe('cannot remove task 2: it is a part of task 1')
    expect(await queue.removeFinished([id])).toBe(0)
    expect(await queue.clear({})).toEqual({ removed: 0, kept: 1 })
    await whole.settle({ kind: 'cancelled', reason: null })
    expect(await queue.clear({})).toEqual({ removed: 2 })
  })

  it('is what another task can wait for, and take the answer of', async () => {
    const { queue, add, whole, part } = await openParts()
    const after = await add('Use {{task.2.answer}}', { after: ['2'], group: 'other' })
    const attempt = await queue.claimDelegated(part.id)
    await attempt?.settle({ kind: 'completed', answer: 'the answer', data: null })
    await whole.settle({ kind: 'cancelled', reason: null })
    const next = await queue.claim()
    expect(next?.task).toMatchObject({ id: after.id, request_payload: { prompt: 'Use the answer' } })
  })

  it('that is added again with its id is the same one', async () => {
    const queue = await openParts()
    const again = await addPart(queue, queue.whole.task, { id: queue.part.id, prompt: 'another' })
    expect(again).toMatchObject({ id: queue.part.id, prompt: 'a part' })
  })

  it('is no answer to a user who asks for the same', async () => {
    const { queue, part } = await openParts()
    const asked = await queue.add(addTaskBody.parse({ prompt: part.prompt, dedupe: true }))
    expect(asked.id).not.toBe(part.id)
    expect((await queue.add(addTaskBody.parse({ prompt: part.prompt, dedupe: true }))).id).toBe(asked.id)
  })

  it('has no limit above those that its origin allows', async () => {
    const { queue } = await openQueue()
    const limits = async (body: Partial<AddTaskBody>, maxSteps: number | null) =>
      (
        await queue.add(addTaskBody.parse({ prompt: 'x', ...body }), {
          kind: 'agent',
          atMost: { max_steps: maxSteps, max_tokens: null, max_cost_usd: 0.5 },
        })
      ).limits
    expect(await limits({}, 7)).toMatchObject({ max_steps: 7, max_tokens: null, max_cost_usd: 0.5 })
    expect(await limits({ max_steps: 3, max_cost: 9 }, 7)).toMatchObject({ max_steps: 3, max_cost_usd: 0.5 })
    expect(await limits({ max_steps: null, max_tokens: 9 }, null)).toMatchObject({
      max_steps: null,
      max_tokens: 9,
    })
  })
})
