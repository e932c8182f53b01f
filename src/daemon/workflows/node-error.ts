import { failureCodes, SparkyError, type FailureCode } from '../../protocol/failure.ts'
import type { TaskError } from '../../protocol/task.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import type { TryFacts } from './private-facts.ts'
import type { NodeRecord } from './workflow-history.ts'

/** What a node has thrown, as the task's error: with its own code, where that is one of ours. */
export const nodeError = (error: unknown): TaskError => {
  const { code, retryable, hint } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown
    readonly retryable?: unknown
    readonly hint?: unknown
  }
  const message = oneLine(error instanceof Error ? error.message : String(error))
  const isKnown = typeof code === 'string' && Object.hasOwn(failureCodes, code) && code !== 'internal'
  return {
    code: isKnown ? (code as FailureCode) : 'tool_failed',
    message: typeof hint === 'string' ? `${message.replace(/\.$/, '')}. ${hint}` : message,
    // What somebody else's code throws may be worth another attempt, where the task has any.
    retryable:
      typeof retryable === 'boolean' && error instanceof SparkyError
        ? retryable
        : !isKnown || code === 'tool_failed' || code === 'mcp_failed',
  }
}

const maxMessageChars = 2000

const oneLine = (text: string): string => {
  const line = text.trim().split('\n', 1)[0] ?? ''
  return (line === '' ? 'it threw an error without a message' : line).slice(0, maxMessageChars)
}

interface Retry {
  readonly waitMs: number
  readonly nextTry: number
  readonly attempts: number
}

export const retryDraft = (
  { node, step }: NodeRecord,
  error: TaskError,
  { waitMs, nextTry, attempts }: Retry,
): AttemptDraft => ({
  type: 'error',
  step,
  data: {
    code: error.code,
    message: `node ${node}: ${error.message}; trying again in ${Math.round(waitMs / 100) / 10} s (${nextTry} of ${attempts})`,
    retryable: true,
  },
  private: { kind: 'node_try' } satisfies TryFacts,
})

/** Whether it would only fail again. */
export const isHopeless = ({ code }: TaskError): boolean => hopeless.has(code)

const hopeless: ReadonlySet<FailureCode> = new Set([
  'search_not_configured',
  'model_not_configured',
  'model_not_found',
  'model_auth',
  'conflict',
])
