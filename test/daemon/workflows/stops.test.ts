import { describe, expect, test } from 'vitest'
import type { WorkflowContext } from '../../../src/daemon/workflows/define-workflow.ts'
import type { StopReason } from '../../../src/daemon/queue/running-attempt.ts'
import { runWorkflow } from '../../../src/daemon/workflows/run-workflow.ts'
import { expectHonest, ofType } from '../../support/honest-log.ts'
import { answers, scriptedModel } from '../agent/scripted-model.ts'
import { oneNode, openWorkflow, watched } from './open-workflow.ts'

const shutdown: StopReason = { kind: 'shutdown' }

/** A node that begins something and waits in it, and when it does. */
const waitingIn = (begin: (context: WorkflowContext) => Promise<unknown>) => {
  let began = (): void => {}
  const hasBegun = new Promise<void>((resolve) => {
    began = resolve
  })
  const workflow = oneNode(async (_, context) => {
    const waiting = begin(context)
    began()
    await waiting
    return { answer: 'done' }
  })
  return { workflow, hasBegun }
}

const places: [string, (context: WorkflowContext) => Promise<unknown>][] = [
  ['a tool', ({ tool }) => tool('wait')],
  ['a tool that hears nothing', ({ tool }) => tool('stuck')],
  ['a model', ({ model }) => model({ prompt: 'Wait' })],
  ['a sleep', ({ sleep }) => sleep(3_600_000)],
  ['itself, deaf', () => new Promise(() => {})],
  [
    'itself, listening',
    ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('heard')))),
  ],
]

describe('a cancel', () => {
  test.each(places)('ends a workflow that waits in %s, soon and for good', async (_, begin) => {
    const { workflow, hasBegun } = waitingIn(begin)
    const one = await openWorkflow(workflow, scriptedModel([{ hang: true }]))
    const { id } = await one.addRun()
    const running = one.run()
    await hasBegun
    const task = await one.queue.cancel(id, { by: 'user', reason: 'enough' })
    await running
    expect(task.status).toBe('cancelled')
    const events = await one.eventsOf({ id })
    expectHonest(events)
    expect(watched(events).slice(-2)).toEqual(['workflow cancelled', 'task cancelled'])
    expect(watched(events).filter((line) => line.startsWith('workflow'))).toHaveLength(2)
  })

  test('of a workflow that has not begun, or is parked, is told to who watches it', async () => {
    const one = await openWorkflow(oneNode(() => ({})))
    const { id } = await one.addRun()
    await one.queue.cancel(id, { by: 'user', reason: null })
    expect(watched(await one.eventsOf({ id }))).toEqual(['workflow cancelled', 'task cancelled'])

    const { workflow, hasBegun } = waitingIn(({ sleep }) => sleep(3_600_000))
    const other = await openWorkflow(workflow)
    const { id: parked } = await other.addRun()
    const attempt = await other.claim()
    const running = other.finish(attempt)
    await hasBegun
    attempt.stop(shutdown)
    await running
    await other.queue.cancel(parked, { by: 'user', reason: null })
    const told = watched(await other.eventsOf({ id: parked }))
    expect(told.slice(-3)).toEqual(['task pending', 'workflow cancelled', 'task cancelled'])
  })

  test('of what a workflow waits for fails it, and says so', async () => {
    const one = await openWorkflow(oneNode(() => ({})))
    const first = await one.add('First')
    const { id } = await one.addRun('go', { after: [first.id] })
    await one.queue.cancel(first.id, { by: 'user', reason: null })
    expect(watched(await one.eventsOf({ id }))).toEqual([
      expect.stringMatching(/^workflow failed: task 1, .* is cancelled$/),
      'task failed',
    ])
  })
})

describe('a daemon that stops', () => {
  test('waits for the call that runs, starts no other, and the next one goes on without it', async () => {
    const workflow = oneNode(async (_, { tool }) => {
      await tool('strike', { what: 'first' })
      await tool('wait', { what: 'long' })
      await tool('strike', { what: 'last' })
      return { answer: 'done' }
    })
    const one = await openWorkflow(workflow)
    const { id } = await one.addRun()
    const attempt = await one.claim()
    const running = one.finish(attempt)
    await one.started(2)
    attempt.stop(shutdown)
    one.open()
    await running
    expect(one.store.resolve(id)).toMatchObject({ status: 'pending', attempt: 1 })
    expect(one.tally).toEqual(['strike first', 'wait long'])
    expect(await one.run()).toMatchObject({ status: 'completed', attempt: 1 })
    expect(one.tally).toEqual(['strike first', 'wait long', 'strike last'])
    const events = await one.eventsOf({ id })
    expectHonest(events)
    const parked = ofType(events, 'status').find(({ data }) => data.status === 'pending')
    expect(parked?.data.message).toBe('The daemon stops; the workflow goes on in node only')
  })

  test('while the answer is made parks the task, and the next start makes it', async () => {
    let isAnswering = (): void => {}
    const output = ({ answer }: { readonly answer?: unknown }): { answer: string } => {
      isAnswering()
      return { answer: String(answer) }
    }
    const one = await openWorkflow({ ...oneNode(() => ({ answer: 'done' })), output })
    const { id } = await one.addRun()
    const attempt = await one.claim()
    isAnswering = () => attempt.stop(shutdown)
    await one.finish(attempt)
    expect(one.store.resolve(id)).toMatchObject({ status: 'pending', attempt: 1 })
    isAnswering = () => {}
    expect(await one.run()).toMatchObject({ status: 'completed', response_payload: { answer: 'done' } })
  })

  test.each(places.filter(([place]) => place === 'a model' || place === 'a sleep'))(
    'does not wait for %s, which begins anew',
    async (_, begin) => {
      const { workflow, hasBegun } = waitingIn(begin)
      const one = await openWorkflow(workflow, scriptedModel([{ hang: true }, answers('now')]))
      await one.addRun()
      const attempt = await one.claim()
      const running = one.finish(attempt)
      await hasBegun
      attempt.stop(shutdown)
      await running
      expect(one.store.resolve(attempt.task.id).status).toBe('pending')
    },
  )

  test('at last leaves a deaf tool and a deaf node behind; a call that reads is made anew, one that changes is not', async () => {
    const seen: string[] = []
    const workflow = oneNode(async (_, { tool }) => {
      const calls = ['wait', 'stuck'].map((name) =>
        tool(name).then(
          () => seen.push(`${name} ok`),
          (error: { status: string }) => seen.push(`${name} ${error.status}`),
        ),
      )
      await Promise.all(calls)
      return { answer: 'done' }
    })
    const one = await openWorkflow(workflow)
    const { id } = await one.addRun()
    const attempt = await one.claim()
    const hardStop = new AbortController()
    const running = runWorkflow(attempt, one.workflowParts, hardStop.signal)
    await one.started(2)
    attempt.stop(shutdown)
    hardStop.abort()
    await running
    expect(one.store.resolve(id).status).toBe('pending')
    one.open()
    seen.length = 0
    expect(await one.run()).toMatchObject({ status: 'completed' })
    expect(seen.toSorted()).toEqual(['stuck interrupted', 'wait ok'])
    expect(one.tally).toEqual(['wait', 'stuck', 'wait'])
    expectHonest(await one.eventsOf({ id }))
  })
})

describe('the time of an attempt', () => {
  test('that is up ends it, and the next attempt runs the node again without doing again what was done', async () => {
    let isSlow = true
    const workflow = oneNode(async (_, { tool, sleep }) => {
      await tool('strike', { what: 'once' })
      if (isSlow) await sleep(3_600_000)
      return { answer: 'in time' }
    })
    const one = await openWorkflow(workflow)
    await one.addRun('go', { timeout_s: 0.3, attempts: 2 })
    const late = await one.run()
    expect(late).toMatchObject({ status: 'pending', attempt: 2 })
    expect(late.attempts[0]?.error).toMatchObject({ code: 'limit_time' })
    isSlow = false
    one.setNow(new Date(late.not_before ?? ''))
    expect(await one.run()).toMatchObject({ status: 'completed', response_payload: { answer: 'in time' } })
    expect(one.tally).toEqual(['strike once'])
  })

  test('in which nothing comes from a node is a stall, and a word of progress is something', async () => {
    const one = await openWorkflow(
      oneNode(() => new Promise(() => {})),
      undefined,
      { stallTimeoutMs: () => 200 },
    )
    await one.addRun()
    const stalled = await one.run()
    expect(stalled.attempts[0]?.error).toMatchObject({
      code: 'stalled',
      message: expect.stringContaining('nothing has come from node only for 0.2 s'),
    })
    const talking = await openWorkflow(
      oneNode(async (_, { progress }) => {
        for (let time = 0; time < 8; time += 1) {
          progress(`${time}`)
          await new Promise((resolve) => setTimeout(resolve, 60))
        }
        return { answer: 'talked' }
      }),
      undefined,
      { stallTimeoutMs: () => 200 },
    )
    await talking.addRun()
    expect(await talking.run()).toMatchObject({ status: 'completed' })
  })
})
