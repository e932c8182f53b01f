import { setTimeout as delay } from 'node:timers/promises'
import { SparkyError } from '../../protocol/failure.ts'
import type { TaskEnvironment } from '../../protocol/task-environment.ts'
import type { Task, TaskError } from '../../protocol/task.ts'
import { patient } from '../agent/call-model.ts'
import { resultKeeper } from '../agent/keep-result.ts'
import { problemDraft } from '../agent/outcome.ts'
import type { EngineEnd } from '../agent/react.ts'
import type { StallWatch } from '../agent/stall-watch.ts'
import { toolEnvironment } from '../agent/tool-environment.ts'
import type { Model } from '../models/model.ts'
import { offlineDemo } from '../models/model-name.ts'
import { backoffMs } from '../queue/backoff.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import { builtInTools } from '../tools/registry.ts'
import type { Tool } from '../tools/tool.ts'
import { askModel } from './ask-model.ts'
import { nodeVoice, type ContextSetup, type NodeVoice } from './node-context.ts'
import { isHopeless, nodeError, retryDraft } from './node-error.ts'
import type { StateFacts } from './private-facts.ts'
import type { WorkflowParts } from './run-workflow.ts'
import { shownOutput } from './shown-output.ts'
import { Slots } from './slots.ts'
import { Stops } from './stops.ts'
import type { NodeRecord, WorkflowHistory } from './workflow-history.ts'
import type { NodeEnd, WorkflowBody } from './workflow-program.ts'

export interface NodeParts {
  readonly task: Task
  readonly body: WorkflowBody
  readonly signal: AbortSignal
  readonly hardStop: AbortSignal
  readonly history: WorkflowHistory
  readonly watch: StallWatch
  readonly ranMs: () => number
  readonly record: (drafts: readonly AttemptDraft[]) => Promise<void>
  readonly onOutput: (callId: string, text: string, step: number) => void
  readonly environment: TaskEnvironment
  readonly surroundings: Omit<WorkflowParts, 'programOf'>
}

/** How a node went: it has completed, which is recorded; or the attempt ends, with these as its last events. */
export type NodeOutcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'ended'; readonly end: EngineEnd; readonly drafts: readonly AttemptDraft[] }

const maxStateChars = 1024 * 1024
const maxWaitMs = 3_600_000
/** Calls of one node that run side by side. */
const maxTogether = 8

/** Runs the nodes of one attempt, one after the other, each with its tries. */
export class NodeRunner {
  readonly #parts: NodeParts
  readonly #slots = new Slots(maxTogether)
  readonly #tools = new Map<string, Promise<Tool | undefined>>()
  #model: Promise<Model> | undefined

  constructor(parts: NodeParts) {
    this.#parts = parts
  }

  /** Runs the node that the history says has begun. */
  async run(): Promise<NodeOutcome> {
    const { history, body } = this.#parts
    const { run, position } = history
    if (run === null || position.kind !== 'at') throw new Error('no node has begun')
    const outline = body.outline.nodes.find(({ name }) => name === run.node)
    const attempts = outline?.attempts ?? 1
    for (;;) {
      const tried = await this.#try(run, position.state)
      if (tried.kind !== 'failed') return tried
      const tries = run.failedTries + 1
      if (tries >= attempts || isHopeless(tried.error)) return this.#failed(run, tried.error)
      const waitMs = backoffMs(tries, { firstMs: outline?.firstMs ?? 1000, maxMs: maxWaitMs })
      await this.#parts.record([retryDraft(run, tried.error, { waitMs, nextTry: tries + 1, attempts })])
      if (!(await this.#waited(waitMs))) return stopped
    }
  }

  async #try(
    run: NodeRecord,
    state: NodeEnd['state'],
  ): Promise<NodeOutcome | { readonly kind: 'failed'; readonly error: TaskError }> {
    const { body, signal, hardStop } = this.#parts
    const stops = new Stops(signal, hardStop)
    const voice = nodeVoice(this.#contextSetup(run, stops))
    try {
      const left = stops.over.then(() => null)
      const end = await Promise.race([body.run(run.node, state, voice.context), left])
      await voice.quiet()
      if (end === null) return { kind: 'ended', end: stops.end ?? { kind: 'stopped' }, drafts: [] }
      return await this.#completed(run, end, voice)
    } catch (error) {
      if (stops.end !== null) return { kind: 'ended', end: stops.end, drafts: [] }
      if (stops.isStopping) return stopped
      return { kind: 'failed', error: nodeError(error) }
    } finally {
      stops.close()
    }
  }

  async #completed(
    run: NodeRecord,
    { changes, state, next }: NodeEnd,
    voice: NodeVoice,
  ): Promise<NodeOutcome> {
    const { task, body, record, ranMs } = this.#parts
    const size = JSON.stringify(state).length
    if (size > maxStateChars) {
      const message = `expected the state to have at most ${maxStateChars} characters as JSON, found ${size} after node ${run.node}`
      throw new SparkyError('too_large', message, {
        hint: 'Keep in files what is large, and their names in the state.',
      })
    }
    if (next !== null && !body.outline.nodes.some(({ name }) => name === next)) {
      throw new SparkyError('usage', `node ${run.node} goes on to "${next}", and there is no such node`)
    }
    const output = shownOutput(changes)
    const facts: StateFacts = { state, next, ranMs: ranMs() }
    await record([
      ...voice.atEnd,
      {
        type: 'node_update',
        step: run.step,
        data: {
          workflow_id: task.id,
          node: run.node,
          status: 'completed',
          ...(output === undefined ? {} : { output }),
        },
        private: facts,
      },
    ])
    return { kind: 'completed' }
  }

  #failed({ node, step }: NodeRecord, error: TaskError): NodeOutcome {
    const { task } = this.#parts
    const data = { workflow_id: task.id, node, status: 'failed' as const, error: error.message }
    return {
      kind: 'ended',
      end: { kind: 'failed', error: { ...error, message: `node ${node}: ${error.message}` } },
      drafts: [{ type: 'node_update', step, data }],
    }
  }

  /** Whether the time has passed without the attempt being told to stop. */
  async #waited(ms: number): Promise<boolean> {
    const { signal, watch, surroundings } = this.#parts
    const { wait } = surroundings.retryTiming ?? { wait: (ms: number) => delay(ms, undefined, { signal }) }
    try {
      await watch.paused(() => wait(ms, signal))
    } catch {
      // It is told to stop.
    }
    return !signal.aborted
  }

  #contextSetup(run: NodeRecord, stops: Stops): ContextSetup {
    const { task, history, watch, record, onOutput, surroundings } = this.#parts
    const { store, environment, toolSurroundings, log } = surroundings
    return {
      task,
      workflowId: task.id,
      history,
      run,
      stops,
      slots: this.#slots,
      maxSteps: task.limits.max_steps,
      simulate: task.request_payload['simulate'] === true,
      find: (name) => this.#find(name),
      toolContext: {
        ...toolSurroundings(task, this.#parts.environment),
        cwd: task.cwd,
        environment: toolEnvironment(environment, this.#parts.environment),
      },
      record,
      keepResult: resultKeeper(task, surroundings),
      wholeResult: async (callId) => (await store.result(task.id, callId))?.text,
      onOutput: (callId, text) => onOutput(callId, text, run.step),
      paused: (wait) => watch.paused(wait),
      languageModel: async () => {
        const { name } = await this.#modelOf()
        return name === offlineDemo ? null : name
      },
      ask: (question) => this.#ask(question, run, stops),
      log,
    }
  }

  async #ask(question: Parameters<ContextSetup['ask']>[0], run: NodeRecord, stops: Stops) {
    const { task, history, watch, record, ranMs, surroundings } = this.#parts
    const { budgetStop, retryTiming = patient } = surroundings
    const model = await this.#modelOf()
    return askModel(question, {
      model,
      step: run.step,
      limits: task.limits,
      history,
      signal: stops.waits,
      budget: (isPriceKnown) => budgetStop(task.group, isPriceKnown),
      record,
      onBytes: () => watch.heard(),
      timing: {
        ...retryTiming,
        wait: (ms, untilAborted) => watch.paused(() => retryTiming.wait(ms, untilAborted)),
      },
      ranMs,
    })
  }

  #modelOf(): Promise<Model> {
    const { task, environment, surroundings } = this.#parts
    this.#model ??= surroundings.modelFor({ model: task.model, environment })
    this.#model.catch(() => (this.#model = undefined))
    return this.#model
  }

  /** Of the servers of tools only the one is started whose tool is asked for. */
  async #find(name: string): Promise<Tool | undefined> {
    const builtIn = builtInTools.find((tool) => tool.name === name)
    if (builtIn !== undefined) return builtIn
    const looked = this.#tools.get(name) ?? this.#parts.watch.paused(() => this.#look(name))
    this.#tools.set(name, looked)
    looked.catch(() => this.#tools.delete(name))
    return looked
  }

  async #look(name: string): Promise<Tool | undefined> {
    const { task, signal, surroundings, record } = this.#parts
    const agent = { ...surroundings.agentOf(task), tools: { allow: [name], deny: [] } }
    const { tools, problems } = await surroundings.tools(task, agent, signal)
    const tool = tools.find((tool) => tool.name === name)
    if (tool === undefined && problems.length > 0) {
      await record(problems.map(problemDraft))
    }
    return tool
  }
}

const stopped: NodeOutcome = { kind: 'ended', end: { kind: 'stopped' }, drafts: [] }
