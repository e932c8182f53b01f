import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineTool } from '../../../src/daemon/tools/tool.ts'
import { openAgent } from './open-agent.ts'
import { answers, call, calls, scriptedModel } from './scripted-model.ts'

test('calls that end in the same moment, or one after the other, each have their result', async () => {
  const quick = defineTool({
    name: 'quick',
    description: 'Ends after so many turns of the event loop',
    effect: 'pure',
    input: z.strictObject({ turns: z.number() }),
    run: async ({ turns }) => {
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
      return { status: 'ok', text: String(turns) }
    },
  })
  const steps = Array.from({ length: 12 }, (_, turns) =>
    calls(call('quick', { turns }), call('quick', { turns: `no number ${turns}` })),
  )
  const model = scriptedModel([...steps, answers('Done.')])
  const { add, run, eventsOf } = await openAgent(model, {
    tools: async () => ({ tools: [quick], problems: [] }),
  })
  await add('Be quick')
  const results = (await eventsOf(await run())).flatMap((event) =>
    event.type === 'tool_result' ? [event.data.status] : [],
  )
  expect(results.toSorted()).toEqual([...steps.map(() => 'error'), ...steps.map(() => 'ok')])
})
