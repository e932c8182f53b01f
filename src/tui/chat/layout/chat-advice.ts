import type { FailureCode } from '../../../protocol/failure.ts'
import { adviceOn, type Advice } from '../../layout/advice.ts'

/** What a failure means for the person who chats, and what to try. */
export const chatAdvice = (code: FailureCode): Advice => {
  const advice = adviceOn(code)
  const tryThis = tries[code]
  return tryThis === undefined ? advice : { ...advice, tryThis }
}

const again = 'Say it again: ↑ brings the message back.'

/** Where a chat has other ways than the screen of `watch`. */
const tries: Partial<Record<FailureCode, string>> = {
  not_found: 'Correct the name and say it again.',
  rate_limited: again,
  not_durable: 'Make room on the disk, then say it again.',
  model_not_configured:
    'Set GEMINI_API_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY, or start Ollama, then "sparky agent restart".',
  model_not_found: 'Choose one of "sparky models list" with /model NAME.',
  model_auth: 'Check the key with "sparky doctor", then say it again.',
  model_rate_limited: 'Say it again in a while.',
  model_unavailable: again,
  model_protocol: 'Say it again, or choose another model with /model NAME.',
  tool_failed: again,
  loop_detected: 'Say it in other words, or choose another model with /model NAME.',
  limit_steps: 'Say "go on", or give the agent a higher limit.',
  limit_tokens: 'Say "go on", or give the agent a higher limit.',
  limit_cost: 'Say "go on", or give the agent a higher limit.',
  limit_time: 'Say "go on", or give the agent a higher limit.',
  stalled: again,
  cancelled: again,
  approval_expired: again,
  internal: 'Say it again; if it comes back, "sparky agent logs" says more.',
}
