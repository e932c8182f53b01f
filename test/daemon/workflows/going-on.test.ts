import { describe, expect, test } from 'vitest'
import type { Workflow, WorkflowToolError } from '../../../src/daemon/workflows/define-workflow.ts'
import type { StoredEvent } from '../../../src/protocol/event.ts'
import { expectHonest, ofType } from '../../support/honest-log.ts'
import { answers, scriptedModel } from '../agent/scripted-model.ts'
import { oneNode, openWorkflow, watched } from './open-workflow.ts'

interface Trip {
  readonly said: readonly string[]
}

const interrupted = (error: WorkflowToolError): string => error.status

/** Reads side by side, asks a model, strikes what must be struck once, goes round, and says what it has seen. */
const trip: Workflow<Trip> = {
  description: 'A trip',
  start: 'look',
  input: () => ({ said: [] }),
  nodes: {
    look: {
      run: async ({ said }, { tool }) => {
        const [a, b] = await Promise.all([tool('look', { what: 'a' }), tool('look', { what: 'b' })])
        return { said: [...said, `${a.text}, ${b.text}`] }
      },
      next: 'ask',
    },
    ask: {
      run: async ({ said }, context) => {
        const reply = await context.model({ prompt: `Round ${said.length}` })
        await context.message(`The model says ${reply}`)
        return { said: [...said, reply] }
      },
      next: 'strike',
    },
    strike: {
      run: async ({ said }, { tool, progress }) => {
        progress('about to strike')
        const text = await tool('strike', { what: String(said.length) }).then(({ text }) => text, interrupted)
        await tool('put', { what: 'down' })
        return { said: [...said, text] }
      },
      next: ({ said }) => (said.length < 4 ? 'ask' : null),
    },
  },
  output: ({ said }) => ({ answer: said.join(' | ') }),
}

const openTrip = () =>
  openWorkflow(
    trip,
    scriptedModel((_, { prompt }) => answers(JSON.stringify(prompt).includes('Round 1') ? 'first' : 'later')),
  )

const nodesOf = (events: readonly StoredEvent[]): string[] =>
  ofType(events, 'node_update')
    .filter(({ data }) => data.status === 'completed')
    .map(({ step, data }) => `${step} ${data.node}`)

const whole = ['1 look', '2 ask', '3 strike', '4 ask', '5 strike']

describe('a daemon that is killed', () => {
  test('at any moment leaves a workflow that goes on after its last completed node, and makes no finished call again', async () => {
    const plain = await openTrip()
    await plain.addRun()
    const expected = (await plain.run()).response_payload?.answer ?? ''
    let batch = 1
    for (; ; batch += 1) {
      const one = await openTrip()
      const { id } = await one.addRun()
      const died = await one.runUntilDead(batch)
      const tallyThen = [...one.tally]
      if (died === 'ended') break
      const task = await one.takeUp()
      const events = await one.eventsOf({ id })
      const moment = `killed before batch ${batch}`
      expect(task.status, moment).toBe('completed')
      // What was begun once only and not finished is not known: that is said, and not done again.
      expect(task.response_payload?.answer.replace('interrupted', 'struck X'), moment).toMatch(
        new RegExp(
          `^${expected.replaceAll('|', String.raw`\|`).replaceAll(/struck \d/g, String.raw`struck [\dX]`)}$`,
        ),
      )
      expectHonest(events)
      expect(nodesOf(events), moment).toEqual(whole)
      const strikes = one.tally.filter((call) => call.startsWith('strike'))
      expect(new Set(strikes).size, moment).toBe(strikes.length)
      // A reply that is on disk is not asked for again: one may have been lost with the daemon.
      expect(task.usage.model_calls, moment).toBe(2)
      const finished = ofType(events, 'tool_result').filter(({ data }) => data.status === 'ok').length
      expect(one.tally.length, `${moment}: ${tallyThen.join()}`).toBeLessThanOrEqual(finished + 2)
      expect(ofType(events, 'message')).toHaveLength(3)
      expect(watched(events).slice(-2), moment).toEqual(['workflow completed', 'task completed'])
    }
    // Each of the five nodes begins and ends, with calls in between.
    expect(batch).toBeGreaterThan(20)
  })

  test('again and again, without anything coming of it, is not taken up for ever', async () => {
    const one = await openWorkflow(oneNode((_, { message }) => message('never heard')))
    await one.addRun()
    for (let time = 0; time < 10; time += 1) {
      const dies = await (time === 0 ? one.runUntilDead(3) : one.runUntilDeadAgain(3))
      expect(dies).toBe('died')
    }
    expect((await one.takeUp()).error).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('10 times'),
    })
  })

  test('while it ran what must run once leaves an error that the node can handle, and a result', async () => {
    const seen: string[] = []
    const workflow = oneNode(async (_, { tool }) => {
      try {
        await tool('strike', { what: 'x' })
      } catch (error) {
        seen.push((error as WorkflowToolError).message)
        return { answer: (await tool('look', { what: 'whether it took effect' })).text }
      }
      return { answer: 'struck' }
    })
    const one = await openWorkflow(workflow)
    await one.addRun()
    // Begun, the call, and its result that is lost.
    expect(await one.runUntilDead(4)).toBe('died')
    expect(one.tally).toEqual(['strike x'])
    const task = await one.takeUp()
    expect(task.response_payload?.answer).toBe('saw whether it took effect')
    expect(seen).toEqual([expect.stringMatching(/^Interrupted: the daemon ended while this ran/)])
    expect(one.tally).toEqual(['strike x', 'look whether it took effect'])
    const events = await one.eventsOf(task)
    expectHonest(events)
    expect(ofType(events, 'tool_update').map(({ data }) => data.status)).toEqual([
      'executing',
      'failed',
      'executing',
      'completed',
    ])
  })

  test('is not the occasion to do once more, in other words, what must be done once', async () => {
    let time = 0
    const workflow = oneNode(async (_, { tool }) => {
      time += 1
      await tool('strike', { what: `at ${time}` })
      await tool('strike', { what: 'the end' })
      return { answer: 'never' }
    })
    const one = await openWorkflow(workflow)
    await one.addRun()
    expect(await one.runUntilDead(5)).toBe('died')
    const { error } = await one.takeUp()
    expect(error).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(
        'node only calls strike in another way than before it was interrupted (call_1)',
      ),
    })
    expect(one.tally).toEqual(['strike at 1'])
  })

  test('lets calls that were made side by side find their results in whichever order they come', async () => {
    let isReversed = false
    const workflow = oneNode(async (_, { tool }) => {
      const names = isReversed ? ['c', 'b', 'a'] : ['a', 'b', 'c']
      const texts = await Promise.all(names.map((what) => tool('strike', { what })))
      await tool('strike', { what: 'end' })
      return { answer: texts.map(({ text }) => text).join() }
    })
    const one = await openWorkflow(workflow)
    await one.addRun()
    // Begun; three calls and their results; and the last one is to begin.
    expect(await one.runUntilDead(9)).toBe('died')
    isReversed = true
    expect((await one.takeUp()).response_payload?.answer).toBe('struck c,struck b,struck a')
    expect(one.tally.toSorted()).toEqual(['strike a', 'strike b', 'strike c', 'strike end'])
  })
})
