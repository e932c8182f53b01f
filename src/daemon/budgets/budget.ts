import type { Spend } from './spend.ts'

/** What may be used in a day; null means as much as is wanted. */
export interface Budget {
  readonly dailyUsd: number | null
  readonly dailyTokens: number | null
  readonly dailySteps: number | null
  readonly dailyTimeS: number | null
}

/** Which budget is used up, in words; null where none is. `group` is null for that of all tasks. */
export const budgetReached = (budget: Budget, used: Spend, group: string | null): string | null => {
  const { dailyUsd, dailyTokens, dailySteps, dailyTimeS } = budget
  const reached = (amount: string, usedAmount: string, key: string): string =>
    `the daily budget of ${amount}${whose(group)} is used up (${usedAmount} used today); ${raising(key, group)}`
  if (dailyUsd !== null && used.costUsd >= dailyUsd) {
    return reached(dollars(dailyUsd), dollars(used.costUsd), 'daily_usd')
  }
  if (dailyTokens !== null && used.tokens >= dailyTokens) {
    return reached(
      dailyTokens === 1 ? '1 token' : `${dailyTokens} tokens`,
      String(used.tokens),
      'daily_tokens',
    )
  }
  if (dailySteps !== null && used.steps >= dailySteps) {
    return reached(dailySteps === 1 ? '1 step' : `${dailySteps} steps`, String(used.steps), 'daily_steps')
  }
  if (dailyTimeS !== null && used.timeMs >= dailyTimeS * 1000) {
    return reached(`${dailyTimeS} s`, `${Math.round(used.timeMs / 1000)} s`, 'daily_time_s')
  }
  return null
}

/** Why a call cannot be made whose price nobody knows; null where no budget is about money. */
export const unpricedMessage = (budget: Budget, group: string | null): string | null =>
  budget.dailyUsd === null
    ? null
    : `the daily budget of ${dollars(budget.dailyUsd)}${whose(group)} cannot be kept, because the price of this model ` +
      `is not known; set ${keyOf('daily_tokens', group)} in place of ${keyOf('daily_usd', group)}, or choose another model`

const whose = (group: string | null): string => (group === null ? '' : ` for group "${group}"`)

const keyOf = (key: string, group: string | null): string =>
  group === null ? `budget.${key}` : `groups.${group}.budget.${key}`

const raising = (key: string, group: string | null): string => `${keyOf(key, group)} raises it`

const dollars = (amount: number): string => `$${Number(amount.toFixed(6))}`
