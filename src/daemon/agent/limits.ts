import { SparkyError } from '../../protocol/failure.ts'
import type { Limits, TaskError } from '../../protocol/task.ts'
import type { Spent } from '../tools/tool.ts'

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

/**
 * What of a task's limits what it delegates may use; one step is kept back for its own answer. Throws where nothing is
 * left.
 */
export const limitsLeft = (limits: Limits, spent: Spent): Omit<Limits, 'timeout_s'> => {
  const left = (limit: number | null, used: number): number | null => (limit === null ? null : limit - used)
  const maxSteps = left(limits.max_steps, spent.steps + 1)
  const maxTokens = left(limits.max_tokens, spent.tokens)
  const maxCostUsd = left(limits.max_cost_usd, spent.costUsd ?? Infinity)
  const usedUp = [
    ...(maxSteps !== null && maxSteps <= 0 ? ['steps'] : []),
    ...(maxTokens !== null && maxTokens <= 0 ? ['tokens'] : []),
    ...(maxCostUsd !== null && maxCostUsd <= 0 ? ['money'] : []),
  ]
  if (usedUp.length > 0) {
    throw new SparkyError(
      'conflict',
      `too little is left of this task's ${usedUp.join(' and ')} to delegate anything: do it yourself, or answer`,
    )
  }
  return { max_steps: maxSteps, max_tokens: maxTokens, max_cost_usd: maxCostUsd }
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
