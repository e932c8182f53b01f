import { expect, test } from 'vitest'
import {
  delegatesOf,
  mayDelegate,
  namesOf,
  splitName,
  toldOf,
} from '../../../src/daemon/agent/delegation/delegates.ts'
import { builtInAgents, plain } from '../../../src/daemon/definitions/built-in.ts'

const scout = { ...plain, name: 'scout', description: 'Looks\naround' }
const all = [...builtInAgents.values(), scout]

test.each([
  [
    ['*'],
    'default, guide, liaison/content, liaison/insights, liaison/operations, liaison/business_outcomes, scout',
  ],
  [['liaison/insights', 'liaison/content', 'nobody'], 'liaison/content, liaison/insights'],
  [['scout'], 'scout'],
  [[], ''],
])('whom %j reaches', (delegates, names) => {
  expect(namesOf(delegatesOf({ delegates }, all))).toBe(names)
})

test('a name with a pillar is two, and a pillar of its own stands first', () => {
  expect(splitName('liaison/insights')).toEqual({ name: 'liaison', pillar: 'insights' })
  expect(splitName('liaison', 'content')).toEqual({ name: 'liaison', pillar: 'content' })
  expect(mayDelegate(['liaison/insights'], { name: 'liaison', pillar: undefined })).toBe(false)
  expect(mayDelegate(['liaison'], { name: 'liaison', pillar: 'anything' })).toBe(true)
})

test('each is told with what it is for, clean, and so many that it stays a list', () => {
  expect(toldOf(delegatesOf({ delegates: ['scout'] }, all))).toEqual(['- scout: Looks around'])
  const many = Array.from({ length: 80 }, (_, nth) => ({ ...plain, name: `agent-${nth}` }))
  const told = toldOf(delegatesOf({ delegates: ['*'] }, many))
  expect(told).toHaveLength(51)
  expect(told.at(-1)).toContain('agent-79')
})
