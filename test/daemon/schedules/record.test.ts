import { expect, it } from 'vitest'
import { scheduledTaskOf } from '../../../src/daemon/schedules/record.ts'

it("the pillar of a schedule's tasks is kept with the name of their agent", () => {
  const agentOf = (fields: { agent?: string; pillar?: string }, before?: string): string | undefined =>
    scheduledTaskOf(
      { name: 'daily', ...fields },
      before === undefined ? undefined : { prompt: '', limits: {}, agent: before },
    ).agent
  expect(agentOf({})).toBeUndefined()
  expect(agentOf({ agent: 'liaison/content' })).toBe('liaison/content')
  expect(agentOf({ agent: 'liaison', pillar: 'content' })).toBe('liaison/content')
  expect(agentOf({ agent: 'liaison/insights', pillar: 'content' })).toBe('liaison/content')
  expect(agentOf({ pillar: 'content' }, 'liaison/insights')).toBe('liaison/content')
  expect(agentOf({ pillar: 'content' }, 'liaison')).toBe('liaison/content')
})
