import { expect, test } from 'vitest'
import { daemonSettings } from '../../src/config/settings.ts'
import { configSchema } from '../../src/protocol/config.ts'

const settingsOf = (config: object) =>
  daemonSettings({ auth: true, loop: true }, {}, configSchema.parse(config))

test('attempts, stalls and budgets have their defaults where nothing is said', () => {
  expect(settingsOf({})).toMatchObject({
    attempts: 1,
    stallTimeoutS: 900,
    budget: null,
    groupBudgets: {},
    groupLimits: {},
    retries: { provider: { attempts: null, firstMs: 2000, maxMs: 300_000 }, rate_limit: { firstMs: 10_000 } },
  })
})

test('what is said about a group is of that group alone', () => {
  const { groupLimits, groupBudgets, groupConcurrency } = settingsOf({
    groups: {
      night: { concurrency: 3, limits: { max_steps: 7 }, budget: { daily_usd: 2 } },
      empty: { budget: {} },
    },
  })
  expect(groupConcurrency).toEqual({ night: 3 })
  expect(groupLimits).toEqual({ night: { max_steps: 7 } })
  expect(groupBudgets).toEqual({
    night: { dailyUsd: 2, dailyTokens: null, dailySteps: null, dailyTimeS: null },
  })
})

test('a class of failures can have its own attempts and pauses', () => {
  const { retries, attempts } = settingsOf({
    retries: { attempts: 3, timeout: { attempts: 2, first_s: 0.5 }, tool: { first_s: 600 } },
  })
  expect(attempts).toBe(3)
  expect(retries.timeout).toEqual({ attempts: 2, firstMs: 500, maxMs: 300_000 })
  expect(retries.tool).toEqual({ attempts: null, firstMs: 600_000, maxMs: 600_000 })
})

test('a pause between attempts is a year at most, so that it always ends at a date', () => {
  for (const name of ['first_s', 'max_s']) {
    const refused = configSchema.safeParse({ retries: { provider: { [name]: 1e13 } } })
    expect(refused.error?.issues[0]?.path).toEqual(['retries', 'provider', name])
    expect(configSchema.safeParse({ retries: { provider: { [name]: 366 * 86_400 } } }).success).toBe(true)
  }
})
