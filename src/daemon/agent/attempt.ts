import type { Agent } from '../../protocol/agent.ts'
import type { DeltaType } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { Task } from '../../protocol/task.ts'
import { protocolVersion } from '../../protocol/version.ts'
import type { Model, ModelPrompt } from '../models/model.ts'
import { stopReasonOf, type AttemptDraft, type RunningAttempt } from '../queue/running-attempt.ts'
import { toolOffer } from '../tools/registry.ts'
import type { Delegate, Tool } from '../tools/tool.ts'
import { attemptBounds } from './attempt-bounds.ts'
import type { AttemptClock } from './attempt-clock.ts'
import type { AttemptParts } from './attempt-parts.ts'
import { patient } from './call-model.ts'
import { callsToRunAgain } from './call-plan.ts'
import { delegationOf } from './delegation/delegated-task.ts'
import { delegatesOf, type DelegateChoice } from './delegation/delegates.ts'
import { delegateFor } from './delegation/delegation.ts'
import { historyText, withHistory } from './delegation/history-text.ts'
import { offeredWith } from './delegation/offered-with.ts'
import { DraftBatch } from './draft-batch.ts'
import { openingOf } from './instructions.ts'
import { endLeftovers, lostCalls, readHistory, type AddedWith } from './history.ts'
import { resultKeeper } from './keep-result.ts'
import { logFieldsOf } from './log.ts'
import {
  givenUp,
  maxSilentClaims,
  outcomeOf,
  parkedDraft,
  problemDraft,
  stopMessage,
  taskErrorOf,
} from './outcome.ts'
import { react, type EngineEnd, type Speaker } from './react.ts'
import { interruptedDraft } from './run-calls.ts'
import type { StallWatch } from './stall-watch.ts'
import { toolEnvironment } from './tool-environment.ts'
import { Transcript, type UnansweredUse } from './transcript.ts'

/**
 * One try at a task, from the claim to the end: goes on from the task's stored events, records what the engine
 * yields before the engine goes on, and settles exactly once, whatever happens. Never rejects.
 *
 * On `shutdown` no further call starts, and a running one may finish until `hardStop` aborts; on every other reason
 * to stop, running calls are ended at once. What is left open gets its `interrupted` result with the last status.
 */
export const runAttempt = async (
  attempt: RunningAttempt,
  parts: AttemptParts,
  hardStop: AbortSignal,
): Promise<void> => {
  const run = new AttemptRun(attempt, parts, hardStop)
  const end = await run.drive()
  await run.settle(end)
}

interface EngineParts {
  readonly agent: Agent
  readonly choices: readonly DelegateChoice[]
  readonly tools: readonly Tool[]
  readonly model: Model
  readonly opening: ModelPrompt
}

class AttemptRun {
  readonly #attempt: RunningAttempt
  readonly #parts: AttemptParts
  readonly #hardStop: AbortSignal
  #transcript = new Transcript()
  #batch = new DraftBatch(this.#transcript)
  /** Aborts what running tools do. */
  readonly #tools = new AbortController()
  readonly #over = new AbortController()
  readonly #clock: AttemptClock
  readonly #watch: StallWatch
  #added: AddedWith = { environment: {}, history: null }
  /** Of the calls that an earlier daemon had started, those that run again; undefined where that is not known yet. */
  #toRunAgain: ReadonlySet<string> | undefined
  #resumable: ReadonlySet<string> = new Set()
  #unrecorded: readonly AttemptDraft[] = []

  constructor(attempt: RunningAttempt, parts: AttemptParts, hardStop: AbortSignal) {
    this.#attempt = attempt
    this.#parts = parts
    this.#hardStop = hardStop
    const { clock, watch } = attemptBounds({
      attempt,
      stallTimeoutMs: parts.stallTimeoutMs,
      silentParts: () => this.#transcript.unanswered.map(({ name }) => name),
    })
    this.#clock = clock
    this.#watch = watch
    const untilOver = { once: true, signal: this.#over.signal }
    attempt.signal.addEventListener('abort', () => this.#endTools(hardStop), untilOver)
    hardStop.addEventListener('abort', () => this.#endTools(hardStop), untilOver)
    this.#endTools(hardStop)
  }

  async drive(): Promise<EngineEnd> {
    this.#watch.start()
    try {
      return await this.#goOn()
    } catch (error) {
      if (error instanceof SparkyError && error.code === 'too_large') await this.#forgetUnrecorded()
      if (this.#attempt.signal.aborted) return { kind: 'stopped' }
      const failure = taskErrorOf(error)
      if (failure.code === 'internal') this.#parts.log.error({ error, ...this.#logFields }, 'Attempt failed')
      return { kind: 'failed', error: failure }
    } finally {
      this.#watch.end()
      this.#clock.end()
      this.#over.abort()
    }
  }

  async settle(end: EngineEnd): Promise<void> {
    const { signal, task } = this.#attempt
    const reason = stopReasonOf(signal)
    const outcome = outcomeOf(end, reason, this.#step)
    const why = reason !== null && end.kind === 'stopped' ? stopMessage(reason) : 'the attempt ended'
    for (const use of this.#transcript.unanswered) {
      if (outcome.kind === 'parked' && this.#goesOn(use)) continue
      this.#batch.add(interruptedDraft(use, why, this.#step))
    }
    if (outcome.kind === 'parked' || outcome.kind === 'waiting') {
      const why = outcome.kind === 'parked' ? 'shutdown' : outcome.for
      this.#batch.add(parkedDraft(task, this.#transcript.step, { for: why, ranMs: this.#clock.ranMs }))
    }
    try {
      await this.#attempt.settle(outcome, [...this.#unrecorded, ...this.#batch.take()])
    } catch (error) {
      this.#parts.log.error({ error, ...this.#logFields }, 'The end of an attempt could not be recorded')
    }
  }

  async #goOn(): Promise<EngineEnd> {
    const { task, signal } = this.#attempt
    const { log, store } = this.#parts
    this.#added = await readHistory(this.#transcript, task, store)
    if (this.#transcript.silentClaims > maxSilentClaims) return givenUp
    this.#clock.start(this.#transcript.ranMs)
    await endLeftovers(this.#transcript, (process) =>
      log.info({ ...this.#logFields, ...process }, 'Ended what an earlier daemon left running'),
    )
    const agent = narrowed(this.#parts.agentOf(task), task)
    // A server of tools may take its time to start.
    const offered = await this.#watch.paused(() => this.#parts.tools(task, agent, signal))
    const { problems } = offered
    const choices = delegatesOf(agent, this.#parts.agents(task))
    const tools = offeredWith(offered.tools, choices)
    this.#resumable = new Set(tools.flatMap(({ name, resumable }) => (resumable === true ? [name] : [])))
    this.#toRunAgain = callsToRunAgain(this.#transcript, tools)
    this.#batch.add(...lostCalls(this.#transcript), ...problems.map(problemDraft))
    const model = await this.#parts.modelFor({ model: task.model, environment: this.#added.environment })
    if (signal.aborted) return { kind: 'stopped' }
    const opening = await this.#opening(agent, model)
    if (signal.aborted) return { kind: 'stopped' }
    return this.#pull(this.#engine({ agent, choices, tools, model, opening }))
  }

  /** The instructions, what was said before in the conversation, and the request. */
  async #opening(agent: Agent, model: Model): Promise<ModelPrompt> {
    const { task, signal } = this.#attempt
    const { instructions, request } = openingOf(task, agent, this.#parts.notes(task))
    const record = async (drafts: readonly AttemptDraft[]): Promise<void> => {
      await this.#attempt.record(drafts)
      for (const draft of drafts) this.#transcript.add(draft)
    }
    const opening = [instructions, request]
    const { callIds } = this.#transcript
    const isPriceKnown = model.cost({ inputTokens: 0, outputTokens: 0, cachedTokens: 0 }) !== null
    const isAffordable = async (): Promise<boolean> =>
      (await this.#parts.budgetStop(task.group, isPriceKnown)) === null
    // It may ask a model for a summary, and wait for that.
    const earlier = await this.#watch.paused(() =>
      this.#parts.earlier({ task, model, opening, callIds, isAffordable, signal, record }),
    )
    this.#transcript.reserve(callIdsIn(earlier))
    return [instructions, ...earlier, withHistory(request, this.#added.history)]
  }

  #engine({ agent, choices, tools, model, opening }: EngineParts): ReturnType<typeof react> {
    const { task, signal } = this.#attempt
    const { budgetStop, environment, onDelta, retryTiming = patient, toolSurroundings } = this.#parts
    return react({
      transcript: this.#transcript,
      batch: this.#batch,
      opening,
      model,
      temperature: agent.temperature,
      speaker: speakerOf(task),
      tools: new Map(tools.map((tool) => [tool.name, tool])),
      offers: tools.map(toolOffer),
      limits: task.limits,
      signal,
      toolContext: {
        ...toolSurroundings(task, this.#added.environment),
        signal: this.#tools.signal,
        cwd: task.cwd,
        environment: toolEnvironment(environment, this.#added.environment),
        ...(choices.length === 0 ? {} : { delegate: this.#delegate({ agent, choices, opening }) }),
      },
      keepResult: resultKeeper(task, this.#parts),
      onOutput: ({ callId, text, step }) => {
        this.#watch.heard()
        onDelta({ ...this.#envelope('tool_output', step), data: { call_id: callId, text } })
      },
      onDelta: ({ type, text, offset }, step) => {
        this.#watch.heard()
        onDelta({ ...this.#envelope(type, step), data: { text, offset } })
      },
      onBytes: () => this.#watch.heard(),
      budget: (isPriceKnown) => budgetStop(task.group, isPriceKnown),
      ranMs: () => this.#clock.ranMs,
      retryTiming: {
        ...retryTiming,
        wait: (ms, untilAborted) => this.#watch.paused(() => retryTiming.wait(ms, untilAborted)),
      },
    })
  }

  /** While what was delegated runs, its own attempt is watched over: this one has nothing to be heard of. */
  #delegate({ agent, choices, opening }: Pick<EngineParts, 'agent' | 'choices' | 'opening'>): Delegate {
    const { task, signal } = this.#attempt
    const { store, queue, log } = this.#parts
    const delegate = delegateFor({
      task,
      agent,
      choices,
      environment: this.#added.environment,
      signal,
      spent: () => this.#transcript.spent,
      history: () => historyText([...opening, ...this.#transcript.messages()], agent.name),
      queue,
      store,
      run: (attempt) => runAttempt(attempt, this.#parts, this.#hardStop),
      log,
    })
    return (wish, call) => this.#watch.paused(() => delegate(wish, call))
  }

  /** Records each batch before the engine goes on. */
  async #pull(engine: ReturnType<typeof react>): Promise<EngineEnd> {
    try {
      for (;;) {
        const next = await engine.next()
        if (next.done === true) return next.value
        this.#unrecorded = next.value
        // Until there is room on a full disk.
        await this.#watch.paused(() => this.#attempt.record(next.value))
        this.#unrecorded = []
        if (next.value.some(({ type }) => type !== 'error')) this.#watch.heard()
      }
    } finally {
      this.#tools.abort(new Error('the attempt ended'))
      await engine.return({ kind: 'stopped' })
    }
  }

  /** What the store can never take must not keep the attempt from ending: it ends as its stored events tell. */
  async #forgetUnrecorded(): Promise<void> {
    this.#unrecorded = []
    this.#transcript = new Transcript()
    this.#batch = new DraftBatch(this.#transcript)
    try {
      await readHistory(this.#transcript, this.#attempt.task, this.#parts.store)
    } catch (error) {
      this.#parts.log.error(
        { error, ...this.#logFields },
        'What was recorded of an attempt could not be read',
      )
    }
  }

  #endTools(hardStop: AbortSignal): void {
    const reason = stopReasonOf(this.#attempt.signal)
    if (reason !== null && (reason.kind !== 'shutdown' || hardStop.aborted)) {
      this.#tools.abort(new Error(stopMessage(reason)))
    }
  }

  #envelope<T extends DeltaType>(type: T, step: number) {
    const { id, attempt } = this.#attempt.task
    return { v: protocolVersion, ts: new Date().toISOString(), task_id: id, attempt, step, type } as const
  }

  /** A call that the attempt after this one runs, or takes up again: it was parked before it came to it, or in the middle. */
  #goesOn({ callId, name }: UnansweredUse): boolean {
    return this.#toRunAgain === undefined || this.#toRunAgain.has(callId) || this.#resumable.has(name)
  }

  get #step(): number {
    return this.#transcript.turn?.step ?? 0
  }

  get #logFields(): object {
    return logFieldsOf(this.#attempt.task)
  }
}

/** What was delegated by an agent that may change nothing may change nothing either. */
const narrowed = (agent: Agent, task: Task): Agent =>
  delegationOf(task)?.read_only === true ? { ...agent, permissions: 'read-only' } : agent

/** What an answer in a conversation says of who gives it; nothing else is said of one that is in none. */
const speakerOf = ({ agent, conversation_id, request_payload: { pillar } }: Task): Speaker =>
  conversation_id === null
    ? {}
    : { agent_type: agent, conversation_id, ...(typeof pillar === 'string' ? { pillar } : {}) }

const callIdsIn = (prompt: ModelPrompt): string[] =>
  prompt.flatMap(({ role, content }) =>
    role === 'assistant'
      ? content.flatMap((part) => (part.type === 'tool-call' ? [part.toolCallId] : []))
      : [],
  )
