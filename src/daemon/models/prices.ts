import type { ModelReply } from './model.ts'
import { offlineDemo } from './model-name.ts'

/** US dollars per million tokens. */
interface Price {
  readonly input: number
  readonly cachedInput: number
  readonly output: number
  /** The last day, UTC, of a price that was announced to end. */
  readonly until?: string
}

/**
 * Models whose price is one flat rate and known for certain. A model with steps (a longer prompt costs more) is left
 * out, and so are names that move on (`…-latest`): their price is not known.
 *
 * Sources: Anthropic, platform.claude.com/docs/en/about-claude/pricing, read 2026-11; Google,
 * ai.google.dev/gemini-api/docs/pricing, as of 2026-10-07 (paid tier, text); OpenAI,
 * developers.openai.com/api/docs/pricing, as of 2026-08 (standard tier).
 */
const prices: Readonly<Record<string, Price>> = {
  'anthropic/claude-opus-5-5': { input: 4, cachedInput: 0.2, output: 20 },
  'anthropic/claude-opus-5': { input: 5, cachedInput: 0.5, output: 25 },
  'anthropic/claude-opus-4-8': { input: 5, cachedInput: 0.5, output: 25 },
  'anthropic/claude-opus-4-7': { input: 5, cachedInput: 0.5, output: 25 },
  'anthropic/claude-opus-4-5': { input: 5, cachedInput: 0.5, output: 25 },
  'anthropic/claude-sonnet-5-5': { input: 2, cachedInput: 0.1, output: 10 },
  'anthropic/claude-haiku-4-5': { input: 1, cachedInput: 0.1, output: 5 },
  'google/gemini-3.8-flash': { input: 0.75, cachedInput: 0.075, output: 3.75, until: '2026-12-31' },
  'google/gemini-3.5-flash': { input: 1.5, cachedInput: 0.15, output: 9 },
  'google/gemini-3.5-flash-lite': { input: 0.3, cachedInput: 0.03, output: 2.5 },
  'openai/gpt-5': { input: 1.25, cachedInput: 0.125, output: 10 },
  'openai/gpt-5-mini': { input: 0.25, cachedInput: 0.025, output: 2 },
  'openai/gpt-4.1': { input: 2, cachedInput: 0.5, output: 8 },
  'openai/gpt-4.1-mini': { input: 0.4, cachedInput: 0.1, output: 1.6 },
}

/**
 * US dollars of one call of `provider/model`; null where the price is not known, never a guess. What runs on one's
 * own machine costs nothing.
 */
export const costOf = (name: string, usage: ModelReply['usage'], today: Date = new Date()): number | null => {
  if (name === offlineDemo || name.startsWith('ollama/')) return 0
  const price = Object.hasOwn(prices, name) ? prices[name] : undefined
  if (price === undefined || (price.until !== undefined && today.toISOString().slice(0, 10) > price.until))
    return null
  const fresh = usage.inputTokens - usage.cachedTokens
  const microDollars =
    fresh * price.input + usage.cachedTokens * price.cachedInput + usage.outputTokens * price.output
  return microDollars / 1_000_000
}
