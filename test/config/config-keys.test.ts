import { expect, it } from 'vitest'
import { openUserConfig } from '../../src/config/user-config.ts'
import { tempHome } from '../support/temp-home.ts'

it('sets, reads and unsets what is said of a group whose name has dots', () => {
  const config = openUserConfig(tempHome())
  config.setGroupConcurrency('v1.2', 3)
  expect(config.get('groups.v1.2.concurrency')).toBe(3)
  config.set('groups.v1.2.concurrency', '2')
  config.set('groups.v1.2.budget.daily_steps', '9')
  config.set('groups.limits.limits.max_steps', '4')
  expect(config.all().groups).toEqual({
    'v1.2': { concurrency: 2, budget: { daily_steps: 9 } },
    limits: { limits: { max_steps: 4 } },
  })
  config.unset('groups.v1.2.concurrency')
  expect(config.all().groups).toHaveProperty(['v1.2'], { budget: { daily_steps: 9 } })
})

it('leaves no empty object behind, so that a group of which nothing is said any more is not listed', () => {
  const config = openUserConfig(tempHome())
  config.set('concurrency', '2')
  config.set('groups.night.budget.daily_steps', '9')
  config.unset('groups.night.budget.daily_steps')
  expect(config.all()).toEqual({ concurrency: 2 })
})

it.each([
  'groups.night.concurency',
  'groups.night.limits.steps',
  'groups..concurrency',
  'groups.__proto__.concurrency',
])('does not take %s for a key', (key) => {
  const config = openUserConfig(tempHome())
  for (const use of [() => config.get(key), () => config.set(key, '1'), () => config.unset(key)])
    expect(use).toThrow(`expected a configuration key, found "${key}"`)
})
