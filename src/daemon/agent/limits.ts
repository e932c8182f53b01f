import type { Limits, TaskError } from '../../protocol/task.ts'

/** What a task has used since it was last started afresh. */
export interface Spent {
  readonly steps: number
  readonly tokens: number
  /** US dollars; null once a call was made whose price is not known. */
  readonly costUsd: number | null
}

/** The limit that forbids one more model call; null where none does. */
export const limitReached = (limits: Limits, spent: Spent, isPriceKnown: boolean): TaskError | null => {
  const { max_steps: maxSteps, max_tokens: maxTokens, max_cost_usd: maxCostUsd } = limits
  if (maxSteps !== null && spent.steps >= maxSteps) {
    return failure('limit_steps', `the limit of ${maxSteps} steps is used up; --max-steps raises it`)
  }
  if (maxTokens !== null && spent.tokens >= maxTokens) {
    return failure(
      'limit_tokens',
      `the limit of ${maxTokens} tokens is used up (${spent.tokens} used); --max-tokens raises it`,
    )
  }
  if (maxCostUsd === null) return null
  if (!isPriceKnown || spent.costUsd === null) {
    return failure(
      'limit_cost',
      `the limit of ${dollars(maxCostUsd)} cannot be kept, because the price of this model is not known; ` +
        'leave --max-cost out, limit --max-tokens instead, or choose another model',
    )
  }
  return spent.costUsd < maxCostUsd
    ? null
    : failure(
        'limit_cost',
        `the limit of ${dollars(maxCostUsd)} is used up (${dollars(spent.costUsd)} spent); --max-cost raises it`,
      )
}

/** Why an attempt ends that took longer than its limit. */
export const timeLimitMessage = (timeoutS: number): string =>
  `the limit of ${timeoutS} s for one attempt is used up; --timeout raises it`

/** Why an attempt ends from which nothing came: neither from a tool that runs, nor from the model. */
export const stallMessage = (runningTools: readonly string[], timeoutMs: number): string => {
  const who = runningTools.length === 0 ? 'the model' : [...new Set(runningTools)].join(', ')
  return `nothing has come from ${who} for ${timeoutMs / 1000} s; "sparky config set stall_timeout_s SECONDS" allows more`
}

const failure = (code: TaskError['code'], message: string): TaskError => ({ code, message, retryable: false })

const dollars = (amount: number): string => `$${Number(amount.toFixed(6))}`
