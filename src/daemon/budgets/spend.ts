import type { EventPayload } from '../../protocol/event.ts'

/** What was used: of a day, by all tasks or those of one group. */
export interface Spend {
  /** Model calls that were answered. */
  readonly steps: number
  /** In and out. */
  readonly tokens: number
  /** US dollars of the calls whose price is known. */
  readonly costUsd: number
  /** Time in which attempts were in progress, each counted for itself. */
  readonly timeMs: number
}

export const noSpend: Spend = { steps: 0, tokens: 0, costUsd: 0, timeMs: 0 }

export const addCall = (spend: Spend, call: EventPayload<'usage'>): Spend => ({
  ...spend,
  steps: spend.steps + 1,
  tokens: spend.tokens + call.input_tokens + call.output_tokens,
  costUsd: spend.costUsd + (call.cost_usd ?? 0),
})

export const addTime = (spend: Spend, ms: number): Spend => ({
  ...spend,
  timeMs: spend.timeMs + Math.max(0, ms),
})
