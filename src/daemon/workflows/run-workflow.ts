import type { TaskEnvironment } from '../../protocol/task-environment.ts'
import { protocolVersion } from '../../protocol/version.ts'
import { attemptBounds } from '../agent/attempt-bounds.ts'
import type { AttemptClock } from '../agent/attempt-clock.ts'
import type { AttemptParts } from '../agent/attempt-parts.ts'
import { endLeftovers, readHistory } from '../agent/history.ts'
import { logFieldsOf } from '../agent/log.ts'
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
import type { StallWatch } from '../agent/stall-watch.ts'
import { toolEnvironment } from '../agent/tool-environment.ts'
import {
  stopReasonOf,
  type AttemptDraft,
  type AttemptOutcome,
  type RunningAttempt,
} from '../queue/running-attempt.ts'
import type { Store } from '../store/store.ts'
import { orAborted } from '../tools/or-aborted.ts'
import type { Task } from '../../protocol/task.ts'
import type { NodeParts } from './node-runner.ts'
import { Recorder } from './recorder.ts'
import { throughNodes } from './through-nodes.ts'
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
    const { clock, watch } = attemptBounds({
      attempt,
      stallTimeoutMs: parts.stallTimeoutMs,
      silentParts: () => [this.#silentPart],
    })
    this.#clock = clock
    this.#watch = watch
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
    const { task, signal } = this.#attempt
    const unwritten = await this.#recorder.close()
    const { transcript, run } = this.#history
    const step = run?.step ?? transcript.step
    const reason = stopReasonOf(signal)
    const outcome = withNode(outcomeOf(end, reason, step), run?.node)
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
    const { end, drafts } = await throughNodes(this.#nodeParts(this.#body))
    this.#lastDrafts = drafts
    return end
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

  /** Who is to be blamed for a silence. */
  get #silentPart(): string {
    const [call] = this.#history.transcript.unanswered
    return call?.name ?? `node ${this.#history.run?.node ?? 'one'}`
  }

  get #logFields(): object {
    return logFieldsOf(this.#attempt.task)
  }
}

/** Where a workflow goes on is a node, not a step. */
const withNode = (outcome: AttemptOutcome, node: string | undefined): AttemptOutcome =>
  outcome.kind === 'parked' && node !== undefined
    ? { kind: 'parked', message: `The daemon stops; the workflow goes on in node ${node}` }
    : outcome
