import { describe, expect, test } from 'vitest'
import type { Workflow, WorkflowToolError } from '../../../src/daemon/workflows/define-workflow.ts'
import { addTaskBody } from '../../../src/protocol/new-task.ts'
import { ofType } from '../../support/honest-log.ts'
import { answers, reply, scriptedModel, text } from '../agent/scripted-model.ts'
import { oneNode, openWorkflow, watched } from './open-workflow.ts'

interface Count {
  readonly input: string
  readonly count: number
  readonly answer?: string
}

/** Goes round three times, then says how often. */
const rounds: Workflow<Count> = {
  description: 'Counts',
  start: 'add',
  input: (input) => ({ input, count: 0 }),
  nodes: {
    add: { run: ({ count }) => ({ count: count + 1 }), next: ({ count }) => (count < 3 ? 'look' : 'say') },
    look: { run: async (_, { tool }) => void (await tool('look', { what: 'it' })), next: 'add' },
    say: { run: ({ count, input }) => ({ answer: `${input}: ${count}`, data: { count } }) },
  },
}

describe('a workflow', () => {
  test('goes from node to node, round and round, and tells of each; its end is told with that of its task', async () => {
    const one = await openWorkflow(rounds)
    await one.addRun('rounds')
    const task = await one.run()
    expect(task).toMatchObject({
      status: 'completed',
      error: null,
      response_payload: { answer: 'rounds: 3', data: { count: 3 } },
      progress: { step: 6, max_steps: 50, note: 'say' },
      usage: { tool_calls: 2, model_calls: 0 },
    })
    const events = await one.eventsOf(task)
    expect(watched(events)).toEqual([
      'task in_progress',
      'workflow executing',
      'add executing',
      'add completed',
      'look executing',
      '  look executing: it',
      '  look completed: saw it',
      'look completed',
      'add executing',
      'add completed',
      'look executing',
      '  look executing: it',
      '  look completed: saw it',
      'look completed',
      'add executing',
      'add completed',
      'say executing',
      'say completed',
      'workflow completed',
      'task completed',
    ])
    expect(ofType(events, 'node_update').map(({ step }) => step)).toEqual([
      1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6,
    ])
    expect(ofType(events, 'message').map(({ data }) => data.text)).toEqual(['rounds: 3'])
    expect(ofType(events, 'tool_update')[1]?.data).toMatchObject({ execution_time_ms: expect.any(Number) })
    for (const { data } of [...ofType(events, 'node_update'), ...ofType(events, 'workflow_status')])
      expect(data.workflow_id).toBe(task.id)
  })

  test('works on the answers of the tasks that it waits for, and knows what came with it', async () => {
    const one = await openWorkflow({
      ...oneNode((state, { input, data }) => ({
        answer: `${String(state['input'])} | ${input} | ${JSON.stringify(data)}`,
      })),
    })
    const first = await one.queue.add(addTaskBody.parse({ prompt: 'which animals?' }))
    await one.addRun('about {{task.1.answer}}', { after: [first.id], context: { legs: 4 } })
    const before = await one.claim()
    await before.settle({ kind: 'completed', answer: 'cats', data: null })
    const task = await one.run()
    expect(task.response_payload?.answer).toBe('about cats | about cats | {"legs":4}')
    expect(task.request_payload).toMatchObject({ prompt: 'about cats', input: 'about cats' })
  })

  test('that goes round for ever is ended by the limit of steps', async () => {
    const one = await openWorkflow(oneNode(() => ({}), { next: 'only' }))
    await one.addRun('go', { max_steps: 4 })
    const task = await one.run()
    expect(task).toMatchObject({
      status: 'failed',
      error: { code: 'limit_steps', message: expect.stringContaining('4 steps') },
    })
    const told = watched(await one.eventsOf(task))
    expect(told.filter((line) => line === 'only completed')).toHaveLength(4)
    expect(told.slice(-2)).toEqual([expect.stringMatching(/^workflow failed: the limit of 4/), 'task failed'])
  })

  test('whose node fails is tried again, each try told, and fails with the error of its node', async () => {
    let tries = 0
    const failing = oneNode(
      () => {
        tries += 1
        throw Object.assign(new Error(`no luck ${tries}`), { code: 'mcp_failed' })
      },
      { retries: { attempts: 3, first_s: 1 } },
    )
    const one = await openWorkflow(failing)
    await one.addRun()
    const task = await one.run()
    expect(task.error).toEqual({ code: 'mcp_failed', message: 'node only: no luck 3', retryable: true })
    expect(watched(await one.eventsOf(task))).toEqual([
      'task in_progress',
      'workflow executing',
      'only executing',
      expect.stringMatching(/^error mcp_failed: node only: no luck 1; trying again in .* s \(2 of 3\)$/),
      expect.stringMatching(/^error mcp_failed: node only: no luck 2; trying again in .* s \(3 of 3\)$/),
      'only failed: no luck 3',
      'workflow failed: node only: no luck 3',
      'task failed',
    ])
  })

  test('in another try reads again, and does not do again what was done', async () => {
    let tries = 0
    const workflow = oneNode(
      async (_, { tool }) => {
        await tool('look', { what: 'out' })
        await tool('strike', { what: 'once' })
        tries += 1
        if (tries < 3) throw new Error('again')
        return { answer: 'done' }
      },
      { retries: { attempts: 3 } },
    )
    const one = await openWorkflow(workflow)
    await one.addRun()
    expect(await one.run()).toMatchObject({ status: 'completed', response_payload: { answer: 'done' } })
    expect(one.tally).toEqual(['look out', 'strike once', 'look out', 'look out'])
  })

  test('goes on in an automatic attempt after its last completed node; a retry by hand starts afresh', async () => {
    let isBroken = true
    const workflow: Workflow = {
      description: 'Two',
      start: 'first',
      nodes: {
        first: { run: async (_, { tool }) => void (await tool('strike', { what: '1' })), next: 'second' },
        second: {
          run: async (_, { tool }) => {
            await tool('strike', { what: '2' })
            if (isBroken) throw new Error('broken')
            return { answer: 'whole' }
          },
        },
      },
    }
    const one = await openWorkflow(workflow)
    const { id } = await one.addRun('go', { attempts: 2 })
    const first = await one.run()
    expect(first).toMatchObject({ status: 'pending', attempt: 2 })
    isBroken = false
    one.setNow(new Date(first.not_before ?? ''))
    expect(await one.run()).toMatchObject({ status: 'completed', attempt: 2 })
    expect(one.tally).toEqual(['strike 1', 'strike 2'])
    await one.queue.retry(id)
    expect(await one.run()).toMatchObject({ status: 'completed', attempt: 3 })
    expect(one.tally).toEqual(['strike 1', 'strike 2', 'strike 1', 'strike 2'])
  })

  test.each<[string, unknown, RegExp]>([
    ['a string', 'text', /expected what node "only" returns, .* to be an object, found a string/],
    ['a list', [1], /found a list/],
    ['a function in it', { deep: { at: () => 1 } }, /\.deep\.at to be JSON, found a function/],
    ['a date', { when: new Date(0) }, /\.when to be JSON, found an object of class Date/],
    ['a number that is none', { n: Number.NaN }, /\.n to be JSON, found NaN/],
    ['too much', { text: 'x'.repeat(1024 * 1024) }, /expected the state to have at most 1048576 characters/],
  ])('whose node returns %s fails, and says where', async (_, returned, message) => {
    const one = await openWorkflow(oneNode(() => returned as never))
    await one.addRun()
    expect((await one.run()).error?.message).toMatch(message)
  })

  test('whose node returns a circle, or goes on to nowhere, fails', async () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const one = await openWorkflow(oneNode(() => circle))
    await one.addRun()
    expect((await one.run()).error?.message).toContain('found a circle')
    const lost = await openWorkflow(oneNode(() => ({}), { next: () => 'nowhere' }))
    await lost.addRun()
    expect((await lost.run()).error).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('node only goes on to "nowhere", and there is no such node'),
    })
  })

  test('that has changed while it was parked fails clearly where its node is gone', async () => {
    const one = await openWorkflow(rounds)
    await one.addRun()
    expect(await one.runUntilDead(5)).toBe('died')
    one.become({ description: 'New', start: 'other', nodes: { other: { run: () => ({}) } } })
    expect((await one.takeUp()).error).toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/^the workflow test has no node "look" any more.* it has other$/),
    })
  })

  test('works with a copy of the state: what a node does to its own changes nothing', async () => {
    const one = await openWorkflow({
      description: 'Copies',
      start: 'a',
      input: () => ({ list: [1] }),
      nodes: {
        a: { run: (state: { list: number[] }) => void state.list.push(2), next: 'b' },
        b: { run: ({ list }: { list: number[] }) => ({ answer: JSON.stringify(list) }) },
      },
    })
    await one.addRun()
    expect((await one.run()).response_payload?.answer).toBe('[1]')
  })
})

describe('a call of a node', () => {
  test('gives the whole result, also one that stands cut in its event, and says what a failed one was', async () => {
    const seen: unknown[] = []
    const one = await openWorkflow(
      oneNode(async (_, { tool }) => {
        const { text } = await tool('look', { size: 100_000 })
        seen.push(text.length)
        for (const name of ['nothing', 'look']) {
          await tool(name, { wrong: true }).catch((error: WorkflowToolError) =>
            seen.push([error.name, error.code, error.status, error.message]),
          )
        }
        return { answer: 'seen' }
      }),
    )
    await one.addRun()
    expect(await one.run()).toMatchObject({ status: 'completed' })
    expect(seen).toEqual([
      100_000,
      ['WorkflowToolError', 'not_found', 'error', 'there is no tool "nothing"'],
      ['WorkflowToolError', 'usage', 'error', 'look: there is no argument "wrong"'],
    ])
  })

  test('of the model counts, and its limits hold', async () => {
    const model = scriptedModel(() => answers('{"n": 1}'))
    const schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] }
    const workflow = oneNode(
      async (_, context) => {
        const reply = await context.model({ system: 'Count', prompt: 'One', schema })
        return { answer: JSON.stringify(reply) }
      },
      { next: 'only' },
    )
    const one = await openWorkflow(workflow, model)
    await one.addRun('go', { max_tokens: 40 })
    const task = await one.run()
    expect(task).toMatchObject({
      status: 'failed',
      error: { code: 'limit_tokens' },
      usage: { model_calls: 3, total_tokens: 45 },
    })
    expect(JSON.stringify(model.requests[0]?.prompt)).toContain('It must fit this JSON Schema')
  })

  test('of the model that gives no fitting JSON is made again with what was wrong, three times', async () => {
    const model = scriptedModel([
      answers('no JSON'),
      answers('{"n": "x"}'),
      answers('```json\n{"n": 7}\n```'),
    ])
    const schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] }
    const ask = oneNode(async (_, context) => ({
      answer: JSON.stringify(await context.model({ prompt: 'n?', schema })),
    }))
    const one = await openWorkflow(ask, model)
    await one.addRun()
    expect((await one.run()).response_payload?.answer).toBe('{"n":7}')
    expect(JSON.stringify(model.requests[1]?.prompt)).toContain('it is no JSON')
    const other = await openWorkflow(
      ask,
      scriptedModel(() => answers('never')),
    )
    await other.addRun()
    expect((await other.run()).error).toMatchObject({ code: 'model_protocol', retryable: true })
  })

  test('of the model that was cut at its length is asked for a shorter one; half a text is never taken for all', async () => {
    const model = scriptedModel([reply([text('Cats are')], 'length'), answers('Cats nap.')])
    const one = await openWorkflow(
      oneNode(async (_, { model: ask }) => ({ answer: await ask({ prompt: 'Cats?' }) })),
      model,
    )
    await one.addRun()
    expect((await one.run()).response_payload?.answer).toBe('Cats nap.')
    expect(JSON.stringify(model.requests[1]?.prompt)).toContain('was cut. Reply again, shorter.')

    const cut = await openWorkflow(
      oneNode(async (_, { model: ask }) => ({ answer: await ask({ prompt: 'Cats?' }) })),
      scriptedModel(() => reply([text('Cats are')], 'length')),
    )
    await cut.addRun()
    expect((await cut.run()).error).toMatchObject({
      code: 'model_protocol',
      message:
        'node only: the model gave 3 replies that are not the text that node only asked for; the last: it reached the limit of its length and was cut',
    })
  })

  test('of the model that a content filter stopped fails the node, also where the daemon died right after', async () => {
    const one = await openWorkflow(
      oneNode(async (_, { model: ask }) => ({ answer: await ask({ prompt: 'Cats?' }) })),
      scriptedModel([reply([text('Cats')], 'content_filter')]),
    )
    await one.addRun()
    // The fourth batch would be that the node has failed; the reply stands in the third.
    expect(await one.runUntilDead(4)).toBe('died')
    expect((await one.takeUp()).error).toMatchObject({
      code: 'model_protocol',
      message: expect.stringContaining('content filter'),
    })
  })

  test('over a budget parks the workflow, which goes on in the same node without asking twice', async () => {
    const model = scriptedModel([answers('one'), answers('two')])
    let isPaid = false
    const workflow = oneNode(async (_, context) => {
      const first = await context.model({ prompt: '1' })
      return { answer: `${first} ${await context.model({ prompt: '2' })}` }
    })
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const one = await openWorkflow(workflow, model, {
      budgetStop: async () =>
        model.requests.length === 1 && !isPaid ? { kind: 'over', message: 'enough for today', until } : null,
    })
    await one.addRun()
    const waiting = await one.run()
    expect(waiting).toMatchObject({ status: 'waiting', waiting_for: { kind: 'budget' } })
    isPaid = true
    one.setNow(new Date(until))
    const again = await one.run()
    expect(again).toMatchObject({ status: 'completed', response_payload: { answer: 'one two' } })
    expect(model.requests).toHaveLength(2)
  })
})
