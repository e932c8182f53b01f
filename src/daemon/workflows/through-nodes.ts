import { SparkyError } from '../../protocol/failure.ts'
import type { JsonObject } from '../../protocol/json-object.ts'
import type { TaskError } from '../../protocol/task.ts'
import type { EngineEnd } from '../agent/react.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import { orAborted } from '../tools/or-aborted.ts'
import { NodeRunner, type NodeParts } from './node-runner.ts'
import type { StateFacts } from './private-facts.ts'
import type { WorkflowBody } from './workflow-program.ts'

/** How the way through the nodes ended, with what is still to be recorded of the last one. */
export interface WayEnd {
  readonly end: EngineEnd
  readonly drafts: readonly AttemptDraft[]
}

/** Runs node after node, from where the history stands until the workflow is complete or the attempt ends. */
export const throughNodes = async (parts: NodeParts): Promise<WayEnd> => {
  const { task, body, signal, history, ranMs, record } = parts
  const { max_steps: maxSteps } = task.limits
  const runner = new NodeRunner(parts)
  for (;;) {
    if (signal.aborted) return { end: { kind: 'stopped' }, drafts: [] }
    const { position } = history
    if (position.kind === 'complete') return complete(parts, position.state)
    const isFirst = position.kind === 'not_begun'
    const { node, step } = isFirst ? { node: body.outline.start, step: 1 } : position
    if (!body.outline.nodes.some(({ name }) => name === node)) return gone(body, node)
    if (maxSteps !== null && step > maxSteps) {
      const message = `the limit of ${maxSteps} steps is used up: so many nodes have run; --max-steps raises it`
      return failed({ code: 'limit_steps', message, retryable: false })
    }
    const begun: StateFacts | undefined = isFirst
      ? { state: await begin(parts), next: node, ranMs: ranMs() }
      : undefined
    await record([
      {
        type: 'node_update',
        step,
        data: { workflow_id: task.id, node, status: 'executing' },
        ...(begun === undefined ? {} : { private: begun }),
      },
      { type: 'progress', step, data: { step, max_steps: maxSteps, note: node } },
    ])
    const outcome = await runner.run()
    if (outcome.kind === 'ended') return outcome
  }
}

/** The state before the first node. */
const begin = async ({ task, body, signal }: NodeParts): Promise<JsonObject> => {
  try {
    return await orAborted(body.begin(task.request_payload.prompt), signal)
  } catch (error) {
    if (signal.aborted || error instanceof SparkyError) throw error
    throw new SparkyError('usage', `the input cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

const complete = async ({ body, signal }: NodeParts, state: JsonObject): Promise<WayEnd> => {
  try {
    return { end: { kind: 'answered', ...(await orAborted(body.finish(state), signal)) }, drafts: [] }
  } catch (error) {
    if (signal.aborted || error instanceof SparkyError) throw error
    const message = `the answer cannot be made: ${messageOf(error)}`
    return failed({ code: 'tool_failed', message, retryable: false })
  }
}

/** Its module was changed while it was under way. */
const gone = ({ outline }: WorkflowBody, node: string): WayEnd => {
  const names = outline.nodes.map(({ name }) => name).join(', ')
  const message = `the workflow ${outline.name} has no node "${node}" any more, which is where this task stands; it has ${names}`
  return failed({ code: 'usage', message, retryable: false })
}

const failed = (error: TaskError): WayEnd => ({ end: { kind: 'failed', error }, drafts: [] })

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
