import { describe, expect, it } from 'vitest'
import { budgetOf } from '../../../src/config/budget-settings.ts'
import { Budgets, type BudgetSettings } from '../../../src/daemon/budgets/budgets.ts'
import { noSpend, type Spend } from '../../../src/daemon/budgets/spend.ts'

const midnight = new Date('2026-06-11T00:00:00.000Z')

const budgets = (
  { budget = null, groupBudgets = {} }: Partial<BudgetSettings>,
  used: Record<string, Partial<Spend>> = {},
): Budgets =>
  new Budgets({
    ledger: {
      used: (group) => ({ ...noSpend, ...used[group ?? 'all'] }),
      day: { startMs: 0, endMs: midnight.getTime() },
      ready: Promise.resolve(),
    },
    settings: () => ({ budget, groupBudgets }),
  })

const night = { night: budgetOf({ daily_steps: 5 }) ?? never() }

function never(): never {
  throw new Error('expected a budget')
}

describe('a budget', () => {
  it.each([
    [{ daily_usd: 5 }, { costUsd: 5.02 }, 'the daily budget of $5 is used up ($5.02 used today)'],
    [
      { daily_tokens: 1000 },
      { tokens: 1000 },
      'the daily budget of 1000 tokens is used up (1000 used today)',
    ],
    [{ daily_steps: 3 }, { steps: 4 }, 'the daily budget of 3 steps is used up (4 used today)'],
    [{ daily_time_s: 60 }, { timeMs: 61_000 }, 'the daily budget of 60 s is used up (61 s used today)'],
  ])('of %j is used up by %j', async (config, used, message) => {
    const over = budgets({ budget: budgetOf(config) }, { all: used })
    const [key] = Object.keys(config)
    const expected = { message: `${message}; budget.${key} raises it`, until: midnight.toISOString() }
    expect(over.over(null)).toEqual(expected)
    expect(await over.stopFor('default', true)).toEqual({ kind: 'over', ...expected })
  })

  it('of which something is left stops nothing', async () => {
    const left = budgets({ budget: budgetOf({ daily_usd: 5, daily_steps: 9 }) }, { all: { costUsd: 4.99 } })
    expect(left.over(null)).toBeNull()
    expect(await left.stopFor('default', true)).toBeNull()
  })

  it('of a group is that of its tasks alone', async () => {
    const over = budgets({ groupBudgets: night }, { night: { steps: 5 }, all: { steps: 50 } })
    expect(over.over('night')?.message).toBe(
      'the daily budget of 5 steps for group "night" is used up (5 used today); groups.night.budget.daily_steps raises it',
    )
    expect(over.over(null)).toBeNull()
    expect(await over.stopFor('day', true)).toBeNull()
    expect(await over.stopFor('night', true)).toMatchObject({ kind: 'over' })
    expect(over.over('constructor')).toBeNull()
  })

  it('of money refuses a call that could not be counted', async () => {
    const money = budgets({ budget: budgetOf({ daily_usd: 5 }) })
    expect(await money.stopFor('default', false)).toEqual({
      kind: 'unpriced',
      message: expect.stringContaining('the price of this model is not known; set budget.daily_tokens'),
    })
    const tokens = budgets({ budget: budgetOf({ daily_tokens: 5 }) })
    expect(await tokens.stopFor('default', false)).toBeNull()
  })

  it('that is not set is never asked for', async () => {
    const none = budgets({})
    expect(none.reset).toBeNull()
    expect(await none.stopFor('default', false)).toBeNull()
    expect(budgetOf({})).toBeNull()
    expect(budgets({ groupBudgets: night }).reset).toEqual(midnight)
  })
})
