import { SparkyError } from '../../protocol/failure.ts'
import type { TaskEnvironment } from '../../protocol/task-environment.ts'
import { protocolVersion } from '../../protocol/version.ts'
import type { TaskError } from '../../protocol/task.ts'
import { AttemptClock } from '../agent/attempt-clock.ts'
import type { AttemptParts } from '../agent/attempt-parts.ts'
import { endLeftovers, readHistory } from '../agent/history.ts'
import { stallMessage, timeLimitMessage } from '../agent/limits.ts'
import {
  givenUp,
  maxSilentClaims,
  outcomeOf,
  parkedDraft,
  stopMessage,
  taskErrorOf,
} from '../agent/outcome.ts'
import type { EngineEnd } from '../agent/react.ts'
import { interruptedDraft } from '../agent/run-calls.ts'
import { StallWatch } from '../agent/stall-watch.ts'
import { toolEnvironment } from '../agent/tool-environment.ts'
import type { AttemptDraft, AttemptOutcome, RunningAttempt, StopReason } from '../queue/running-attempt.ts'
import type { Store } from '../store/store.ts'
import { orAborted } from '../tools/or-aborted.ts'
import type { Task } from '../../protocol/task.ts'
import { NodeRunner, type NodeParts } from './node-runner.ts'
import type { JsonObject } from '../../protocol/json-object.ts'
import type { StateFacts } from './private-facts.ts'
import { Recorder } from './recorder.ts'
import { toolUpdateDraft } from './tool-drafts.ts'
import { notRun } from '../agent/call-plan.ts'
import { WorkflowHistory } from './workflow-history.ts'
import type { WorkflowBody, WorkflowProgram } from './workflow-program.ts'

/** What workflows need of the rest of the daemon. */
export interface WorkflowParts extends Pick<
  AttemptParts,
  | 'modelFor'
  | 'agentOf'
  | 'tools'
  | 'toolSurroundings'
  | 'environment'
  | 'onDelta'
  | 'log'
  | 'budgetStop'
  | 'stallTimeoutMs'
  | 'retryTiming'
> {
  readonly store: Pick<Store, 'events' | 'keepResult' | 'result'>
  /** The workflow that a task asks for; throws `not_found`, or `usage` with the file and line of what is wrong. */
  readonly programOf: (task: Task) => Promise<WorkflowProgram>
}

/**
 * One try at a task that is a workflow, from the claim to the end: goes on after the last node that has completed, and
 * settles exactly once, whatever happens. Never rejects. It is told to stop as an agent's attempt is.
 */
export const runWorkflow = async (
  attempt: RunningAttempt,
  parts: WorkflowParts,
  hardStop: AbortSignal,
): Promise<void> => {
  const run = new WorkflowRun(attempt, parts, hardStop)
  const end = await run.drive()
  await run.settle(end)
}

class WorkflowRun {
  readonly #attempt: RunningAttempt
  readonly #parts: WorkflowParts
  readonly #hardStop: AbortSignal
  readonly #history = new WorkflowHistory()
  readonly #recorder: Recorder
  readonly #clock: AttemptClock
  readonly #watch: StallWatch
  #environment: TaskEnvironment = {}
  #body: WorkflowBody | undefined
  #isOver = false
  #lastDrafts: readonly AttemptDraft[] = []

  constructor(attempt: RunningAttempt, parts: WorkflowParts, hardStop: AbortSignal) {
    this.#attempt = attempt
    this.#parts = parts
    this.#hardStop = hardStop
    this.#recorder = new Recorder(attempt, this.#history)
    const { timeout_s: limitS } = attempt.task.limits
    this.#clock = new AttemptClock({
      limitS,
      onTimeUp: () => this.#endFor('limit_time', timeLimitMessage(limitS ?? 0)),
    })
    this.#watch = new StallWatch({
      timeoutMs: parts.stallTimeoutMs,
      onStall: () => this.#endFor('stalled', stallMessage([this.#silentPart], parts.stallTimeoutMs())),
    })
  }

  async drive(): Promise<EngineEnd> {
    this.#watch.start()
    try {
      return await this.#goOn()
    } catch (error) {
      if (this.#attempt.signal.aborted) return { kind: 'stopped' }
      const failure = taskErrorOf(error)
      if (failure.code === 'internal') this.#parts.log.error({ error, ...this.#logFields }, 'Workflow failed')
      return { kind: 'failed', error: failure }
    } finally {
      this.#isOver = true
      this.#body?.close()
      this.#watch.end()
      this.#clock.end()
    }
  }

  async settle(end: EngineEnd): Promise<void> {
    const { task } = this.#attempt
    const unwritten = await this.#recorder.close()
    const { transcript, run } = this.#history
    const step = run?.step ?? transcript.step
    const outcome = withNode(outcomeOf(end, this.#stopReason, step), run?.node)
    const reason = this.#stopReason
    const why = reason !== null && end.kind === 'stopped' ? stopMessage(reason) : 'the attempt ended'
    const drafts: AttemptDraft[] = [...unwritten, ...this.#lastDrafts]
    for (const use of transcript.unanswered) {
      const { callId, name } = use
      const settled = notRun('interrupted', `Interrupted: ${why}`)
      const update = toolUpdateDraft({ callId, name, settled, workflowId: task.id, step })
      drafts.push(interruptedDraft(use, why, step), update)
    }
    if (outcome.kind === 'completed') {
      drafts.push({ type: 'message', step, data: { role: 'assistant', text: outcome.answer } })
    }
    if (outcome.kind === 'parked' || outcome.kind === 'waiting') {
      const why = outcome.kind === 'parked' ? 'shutdown' : outcome.for
      drafts.push(parkedDraft(task, step, { for: why, ranMs: this.#clock.ranMs }))
    }
    try {
      await this.#attempt.settle(outcome, drafts)
    } catch (error) {
      this.#parts.log.error({ error, ...this.#logFields }, 'The end of an attempt could not be recorded')
    }
  }

  async #goOn(): Promise<EngineEnd> {
    const { task, signal } = this.#attempt
    const { log, store, programOf } = this.#parts
    this.#environment = (await readHistory(this.#history, task, store)).environment
    const { transcript } = this.#history
    if (transcript.silentClaims > maxSilentClaims) return givenUp
    this.#clock.start(this.#history.ranMs)
    await endLeftovers(transcript, (process) =>
      log.info({ ...this.#logFields, ...process }, 'Ended what an earlier daemon left running'),
    )
    if (signal.aborted) return { kind: 'stopped' }
    await this.#recorder.record([
      { type: 'workflow_status', data: { workflow_id: task.id, status: 'executing' } },
    ])
    const program = await orAborted(programOf(task), signal)
    const opening = program.open({
      environment: toolEnvironment(this.#parts.environment, this.#environment),
      onPrinted: (line) => log.info({ ...this.#logFields, line }, 'A workflow printed'),
    })
    opening.then(
      (body) => this.#isOver && body.close(),
      () => undefined,
    )
    this.#body = await orAborted(opening, signal)
    if (signal.aborted) return { kind: 'stopped' }
    return this.#throughNodes(this.#body)
  }

  async #throughNodes(body: WorkflowBody): Promise<EngineEnd> {
    const { task, signal } = this.#attempt
    const { max_steps: maxSteps } = task.limits
    const runner = new NodeRunner(this.#nodeParts(body))
    for (;;) {
      if (signal.aborted) return { kind: 'stopped' }
      const { position } = this.#history
      if (position.kind === 'complete') return this.#complete(body, position.state)
      const isFirst = position.kind === 'not_begun'
      const at = isFirst ? { node: body.outline.start, step: 1 } : position
      const { node, step } = at
      if (!body.outline.nodes.some(({ name }) => name === node)) return this.#gone(body, node)
      if (maxSteps !== null && step > maxSteps) {
        const message = `the limit of ${maxSteps} steps is used up: so many nodes have run; --max-steps raises it`
        return failed({ code: 'limit_steps', message, retryable: false })
      }
      const begun: StateFacts | undefined = isFirst
        ? { state: await this.#begin(body), next: node, ranMs: this.#clock.ranMs }
        : undefined
      await this.#recorder.record([
        {
          type: 'node_update',
          step,
          data: { workflow_id: task.id, node, status: 'executing' },
          ...(begun === undefined ? {} : { private: begun }),
        },
        { type: 'progress', step, data: { step, max_steps: maxSteps, note: node } },
      ])
      const end = await runner.run()
      if (end.kind === 'completed') continue
      this.#lastDrafts = end.drafts
      return end.end
    }
  }

  async #begin(body: WorkflowBody): Promise<JsonObject> {
    try {
      const { task, signal } = this.#attempt
      return await orAborted(body.begin(task.request_payload.prompt), signal)
    } catch (error) {
      if (error instanceof SparkyError) throw error
      throw new SparkyError('usage', `the input cannot be read: ${messageOf(error)}`, { cause: error })
    }
  }

  async #complete(body: WorkflowBody, state: JsonObject): Promise<EngineEnd> {
    try {
      return { kind: 'answered', ...(await orAborted(body.finish(state), this.#attempt.signal)) }
    } catch (error) {
      if (error instanceof SparkyError) throw error
      const message = `the answer cannot be made: ${messageOf(error)}`
      return failed({ code: 'tool_failed', message, retryable: false })
    }
  }

  /** Its module was changed while it was under way. */
  #gone({ outline }: WorkflowBody, node: string): EngineEnd {
    const names = outline.nodes.map(({ name }) => name).join(', ')
    const message = `the workflow ${outline.name} has no node "${node}" any more, which is where this task stands; it has ${names}`
    return failed({ code: 'usage', message, retryable: false })
  }

  #nodeParts(body: WorkflowBody): NodeParts {
    const { task, signal } = this.#attempt
    return {
      task,
      body,
      signal,
      hardStop: this.#hardStop,
      history: this.#history,
      watch: this.#watch,
      ranMs: () => this.#clock.ranMs,
      record: async (drafts) => {
        // Until there is room on a full disk.
        await this.#watch.paused(() => this.#recorder.record(drafts))
        this.#watch.heard()
      },
      onOutput: (callId, text, step) => {
        this.#watch.heard()
        this.#parts.onDelta({
          v: protocolVersion,
          ts: new Date().toISOString(),
          task_id: task.id,
          attempt: task.attempt,
          step,
          type: 'tool_output',
          data: { call_id: callId, text },
        })
      },
      environment: this.#environment,
      surroundings: this.#parts,
    }
  }

  #endFor(code: 'limit_time' | 'stalled', message: string): void {
    this.#attempt.stop({ kind: 'limit', code, message })
  }

  /** Who is to be blamed for a silence. */
  get #silentPart(): string {
    const [call] = this.#history.transcript.unanswered
    return call?.name ?? `node ${this.#history.run?.node ?? 'one'}`
  }

  get #stopReason(): StopReason | null {
    const { signal } = this.#attempt
    return signal.aborted ? (signal.reason as StopReason) : null
  }

  get #logFields(): object {
    const { id, number, attempt } = this.#attempt.task
    return { task: number, task_id: id, attempt }
  }
}

/** Where a workflow goes on is a node, not a step. */
const withNode = (outcome: AttemptOutcome, node: string | undefined): AttemptOutcome =>
  outcome.kind === 'parked' && node !== undefined
    ? { kind: 'parked', message: `The daemon stops; the workflow goes on in node ${node}` }
    : outcome

const failed = (error: TaskError): EngineEnd => ({ kind: 'failed', error })

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
