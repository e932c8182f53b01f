import type { FailureCode } from '../../protocol/failure.ts'

/** What a failure means for the person at the screen, and what to try, each as one sentence. */
export interface Advice {
  readonly means: string
  readonly tryThis: string | null
}

export const adviceOn = (code: FailureCode): Advice => advice[code] ?? advice.internal

const again = 'Press r to run it again.'
const raiseLimit = (flag: string): string => `Queue it again with a higher ${flag}, or split the task.`

const advice: Record<FailureCode, Advice> = {
  usage: { means: 'The request was not understood.', tryThis: null },
  not_found: {
    means: 'Something that the task names is not there.',
    tryThis: 'Correct the name and press a to queue it anew.',
  },
  conflict: { means: 'That is not possible in the present state of the task.', tryThis: null },
  unauthorized: { means: 'The daemon did not accept the token.', tryThis: 'Run "sparky doctor".' },
  forbidden: { means: 'The task may not do that.', tryThis: null },
  rate_limited: { means: 'Too many requests at once.', tryThis: again },
  too_large: { means: 'A message was larger than allowed.', tryThis: 'Split the task.' },
  daemon_unreachable: { means: 'The daemon does not answer.', tryThis: 'Run "sparky agent status".' },
  daemon_version: {
    means: 'This program and the daemon are of different versions.',
    tryThis: 'Run "sparky agent restart".',
  },
  not_durable: {
    means: 'The daemon could not write to disk, so nothing was changed.',
    tryThis: 'Make room on the disk, then press r.',
  },
  store_damaged: { means: 'A part of the store cannot be read.', tryThis: 'Run "sparky doctor --repair".' },
  model_not_configured: {
    means: 'No language model that can do this is set up.',
    tryThis:
      'Set GEMINI_API_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY, or start Ollama, then "sparky agent restart" and r.',
  },
  model_not_found: {
    means: 'The provider has no model of that name.',
    tryThis: 'Choose one of "sparky models list" with "sparky config set model".',
  },
  model_auth: {
    means: 'The provider did not accept the key.',
    tryThis: 'Check the key with "sparky doctor", then press r.',
  },
  model_rate_limited: {
    means: 'The provider asks to slow down, for longer than the task may wait.',
    tryThis: 'Press r in a while.',
  },
  model_unavailable: { means: 'The provider could not be reached, or kept failing.', tryThis: again },
  model_protocol: {
    means: 'The model kept answering what cannot be understood.',
    tryThis: 'Press r, or choose another model.',
  },
  tool_failed: { means: 'A tool could not do what it was asked for.', tryThis: again },
  loop_detected: {
    means: 'The model made the same call again and again.',
    tryThis: 'Say the task in other words, or choose another model.',
  },
  limit_steps: { means: 'The task took as many steps as it may.', tryThis: raiseLimit('--max-steps') },
  limit_tokens: { means: 'The task used as many tokens as it may.', tryThis: raiseLimit('--max-tokens') },
  limit_cost: { means: 'The task cost as much as it may.', tryThis: raiseLimit('--max-cost') },
  limit_time: { means: 'The task took as long as it may.', tryThis: raiseLimit('--timeout') },
  stalled: { means: 'Nothing came from the provider for minutes.', tryThis: again },
  dependency_failed: {
    means: 'A task that it waits for was not completed.',
    tryThis: 'Retry that task first, then this one.',
  },
  cancelled: { means: 'The task was cancelled.', tryThis: again },
  approval_denied: { means: 'You did not allow a call that the task needs.', tryThis: null },
  approval_expired: { means: 'Nobody answered its question in time.', tryThis: again },
  search_not_configured: {
    means: 'No search provider is set up.',
    tryThis: 'Set TAVILY_API_KEY, BRAVE_API_KEY or SEARXNG_URL.',
  },
  sandbox_unavailable: {
    means: 'The sandbox that the configuration requires is not there.',
    tryThis: 'Run "sparky doctor".',
  },
  mcp_failed: { means: 'An MCP server could not be used.', tryThis: 'Run "sparky mcp test".' },
  internal: {
    means: 'Sparky made a mistake.',
    tryThis: 'Press r; if it comes back, "sparky agent logs" says more.',
  },
}
