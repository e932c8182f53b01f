import { callModel, type RetryTiming } from '../agent/call-model.ts'
import { limitReached } from '../agent/limits.ts'
import { budgetEnd, isPriceKnown, waitEnd, type BudgetStop, type EngineEnd } from '../agent/react.ts'
import { textOf } from '../agent/turn.ts'
import type { Model, ModelPrompt, ModelReply } from '../models/model.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import { digestOf } from '../projects/canonical-json.ts'
import type { Limits } from '../../protocol/task.ts'
import type { AnswerFacts } from './private-facts.ts'
import type { WorkflowHistory } from './workflow-history.ts'

/** A model call of a node, as it goes to the model. */
export interface Question {
  readonly system: string | null
  readonly prompt: string
  readonly temperature: number | null
}

/** What the model replied, and why it stopped there. */
export interface Said {
  readonly text: string
  readonly finish: ModelReply['finish']
}

export interface AskSetup {
  readonly model: Model
  readonly step: number
  readonly limits: Limits
  readonly history: WorkflowHistory
  readonly signal: AbortSignal
  readonly budget: (isPriceKnown: boolean) => Promise<BudgetStop | null>
  readonly record: (drafts: readonly AttemptDraft[]) => Promise<void>
  readonly onBytes: () => void
  readonly timing: RetryTiming
  readonly ranMs: () => number
}

/** Equal questions have equal keys. */
export const questionKey = ({ system, prompt, temperature }: Question): string =>
  digestOf({ system, prompt, temperature })

/**
 * One reply, recorded before it is given to anybody; or why the attempt ends in place of it: a limit, a budget, a
 * provider that wants more patience than a slot is kept for. Throws the model's failure after its retries.
 */
export const askModel = async (question: Question, setup: AskSetup): Promise<Said | EngineEnd> => {
  const { model, history, limits, step, signal, record } = setup
  const limit = limitReached({ ...limits, max_steps: null }, history.transcript.spent, isPriceKnown(model))
  if (limit !== null) return { kind: 'failed', error: limit }
  const overBudget = await budgetEnd(setup)
  if (overBudget !== null) return overBudget
  const call = callModel({
    model,
    request: {
      prompt: promptOf(question),
      tools: [],
      ...(question.temperature === null ? {} : { temperature: question.temperature }),
      signal,
      onBytes: setup.onBytes,
    },
    step,
    onDelta: setup.onBytes,
    timing: setup.timing,
  })
  for (;;) {
    const next = await call.next()
    if (next.done !== true) {
      await record(next.value)
      continue
    }
    if (next.value.kind === 'wait') return waitEnd(next.value, history.transcript)
    const { reply } = next.value
    const { inputTokens, outputTokens, cachedTokens } = reply.usage
    const facts: AnswerFacts = { reply, callIds: [], key: questionKey(question), ranMs: setup.ranMs() }
    const data = {
      model: model.name,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      cached_tokens: cachedTokens,
      cost_usd: model.cost(reply.usage),
    }
    await record([{ type: 'usage', step, data, private: facts }])
    return { text: textOf(reply), finish: reply.finish }
  }
}

const promptOf = ({ system, prompt }: Question): ModelPrompt => [
  ...(system === null ? [] : [{ role: 'system' as const, content: system }]),
  { role: 'user', content: [{ type: 'text', text: prompt }] },
]
