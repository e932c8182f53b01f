import type { Config } from '../protocol/config.ts'

/** What may be used in a day; null means as much as is wanted. */
interface Budget {
  readonly dailyUsd: number | null
  readonly dailyTokens: number | null
  readonly dailySteps: number | null
  readonly dailyTimeS: number | null
}

/** Null where the configuration names no budget. */
export const budgetOf = (budget: Config['budget']): Budget | null =>
  budget === undefined || Object.keys(budget).length === 0
    ? null
    : {
        dailyUsd: budget.daily_usd ?? null,
        dailyTokens: budget.daily_tokens ?? null,
        dailySteps: budget.daily_steps ?? null,
        dailyTimeS: budget.daily_time_s ?? null,
      }
