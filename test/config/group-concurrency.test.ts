import { describe, expect, it } from 'vitest'
import { openUserConfig } from '../../src/config/user-config.ts'
import { tempHome } from '../support/temp-home.ts'

describe('setGroupConcurrency', () => {
  it('keeps any name as one name, and everything else that is said of the group', () => {
    const config = openUserConfig(tempHome())
    config.set('groups.docs.limits.max_steps', '5')
    for (const name of ['docs', 'a.b c', '..', 'constructor']) config.setGroupConcurrency(name, 2)
    expect(config.all().groups).toEqual({
      docs: { limits: { max_steps: 5 }, concurrency: 2 },
      'a.b c': { concurrency: 2 },
      '..': { concurrency: 2 },
      constructor: { concurrency: 2 },
    })
    for (const name of ['docs', 'a.b c', '..']) config.setGroupConcurrency(name, null)
    expect(config.all().groups).toEqual({
      docs: { limits: { max_steps: 5 } },
      constructor: { concurrency: 2 },
    })
  })

  it('refuses the one name that no object can have, and a number that makes no sense', () => {
    const config = openUserConfig(tempHome())
    for (const [name, count] of [
      ['__proto__', 1],
      ['docs', 0],
      ['docs', 1.5],
    ] as const) {
      expect(() => config.setGroupConcurrency(name, count)).toThrow(
        expect.objectContaining({ code: 'usage' }),
      )
    }
    expect(config.all()).toEqual({})
  })
})
