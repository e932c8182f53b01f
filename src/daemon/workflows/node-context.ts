import { setTimeout as delay } from 'node:timers/promises'
import { SparkyError } from '../../protocol/failure.ts'
import type { Json, Task } from '../../protocol/task.ts'
import type { AgentLog } from '../agent/log.ts'
import { maxTimerMs } from '../agent/longest-timer.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import { cutBytes, headOf, wellFormed } from '../tools/truncate.ts'
import { checkSize } from './check-size.ts'
import type { WorkflowModelRequest } from './define-workflow.ts'
import { toJson } from './plain-json.ts'
import { callTool, type ToolCallSetup } from './tool-calls.ts'
import { usableReply, type ReplySetup } from './usable-reply.ts'
import type { FoundResults, NodeContext } from './workflow-program.ts'

export interface ContextSetup extends ToolCallSetup, ReplySetup {
  readonly task: Task
  readonly simulate: boolean
  readonly languageModel: () => Promise<string | null>
  /** What is waited for here is nobody's silence. */
  readonly paused: <T>(wait: () => Promise<T>) => Promise<T>
  readonly log: AgentLog
}

/** What a node has given to be told with its end. */
export interface NodeVoice {
  readonly context: NodeContext
  readonly atEnd: readonly AttemptDraft[]
  /** Resolves when what the node has said is on disk, or cannot be. */
  quiet(): Promise<void>
}

const maxArgsChars = 1024 * 1024
const maxMessageBytes = 256 * 1024
const maxNoteChars = 500

/** What one run of a node works with. */
export const nodeVoice = (setup: ContextSetup): NodeVoice => {
  const { task, run, stops, simulate } = setup
  const atEnd: AttemptDraft[] = []
  const notes = new Notes(setup)
  let isModelBusy = Promise.resolve()

  const tool: NodeContext['tool'] = async (name, args = {}) => {
    if (typeof name !== 'string') throw new TypeError('expected the name of a tool to be a string')
    if (simulate) throw notSimulated(`the tool ${name}`)
    const json = toJson(args, `the arguments of ${name}`)
    checkSize(JSON.stringify(json).length, maxArgsChars, `the arguments of ${name}`)
    return callTool(name, json, setup)
  }
  const model = async (request: WorkflowModelRequest): Promise<Json> => {
    // One after the other, so that no limit is passed by many at once.
    if (simulate) throw notSimulated('the model')
    const before = isModelBusy
    const asked = before.then(() => usableReply(request, setup))
    isModelBusy = asked.then(
      () => undefined,
      () => undefined,
    )
    return asked
  }
  const context: NodeContext = {
    workflowId: task.id,
    input: task.request_payload.prompt,
    data: task.request_payload.context ?? null,
    node: run.node,
    step: run.step,
    cwd: task.cwd,
    simulate,
    signal: stops.node,
    tool: (name, args) => handled(tool(name, args)),
    model: ((request: WorkflowModelRequest) => handled(model(request))) as NodeContext['model'],
    languageModel: () => handled(setup.languageModel()),
    progress: (note: unknown) => notes.say(String(note)),
    message: (text: unknown) => handled(say(String(text), setup)),
    sleep: (ms: unknown) => handled(sleep(Number(ms) || 0, setup)),
    log: (message: unknown, fields = {}) =>
      setup.log.info(
        { ...fields, task: task.number, task_id: task.id, node: run.node },
        String(message).slice(0, 2000),
      ),
    found: (results) => {
      atEnd.push(foundDraft(results, setup))
    },
    pretend: (name, message) => setup.record(pretendedDrafts(name, message, setup)),
  }
  return { context, atEnd, quiet: () => notes.quiet() }
}

const notSimulated = (what: string): SparkyError =>
  new SparkyError('usage', `${what} is not to be had in a simulation, which touches nothing`, {
    hint: 'A node looks at context.simulate, and works on samples.',
  })

/** A node may let go of what it has asked for: nobody else is to hear of that. */
const handled = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => {})
  return promise
}

const say = async (text: string, { run, record, stops }: ContextSetup): Promise<void> => {
  const said = cutBytes(wellFormed(text), maxMessageBytes).text
  const at = run.messages.indexOf(said)
  if (at !== -1) {
    run.messages.splice(at, 1)
    return
  }
  await stops.pass()
  await record([{ type: 'message', step: run.step, data: { role: 'assistant', text: said } }])
}

const sleep = async (ms: number, { stops, paused }: ContextSetup): Promise<void> => {
  await stops.pass()
  const waitMs = Math.min(Math.max(0, ms), maxTimerMs)
  try {
    await paused(() => delay(waitMs, undefined, { signal: stops.waits }))
  } catch {
    await stops.hold()
  }
}

const foundDraft = (
  { query, results, synthesis }: FoundResults,
  { workflowId, run }: ContextSetup,
): AttemptDraft => ({
  type: 'search_results',
  step: run.step,
  data: {
    workflow_id: workflowId,
    query,
    results: results.map(({ title, url, snippet }) => ({ title, url, snippet })),
    synthesis,
  },
})

const pretendedDrafts = (
  tool: string,
  message: string,
  { workflowId, run }: ContextSetup,
): AttemptDraft[] => {
  const data = { workflow_id: workflowId, tool, message }
  return [
    { type: 'tool_update', step: run.step, data: { ...data, status: 'executing' } },
    { type: 'tool_update', step: run.step, data: { ...data, status: 'completed', execution_time_ms: 0 } },
  ]
}

/** Notes of progress: of those that come faster than they can be written, the latest counts. */
class Notes {
  readonly #setup: ContextSetup
  #next: string | null = null
  #writing: Promise<void> | undefined

  constructor(setup: ContextSetup) {
    this.#setup = setup
  }

  say(note: string): void {
    this.#next = headOf(wellFormed(note), maxNoteChars)
    this.#writing ??= this.#write()
  }

  async quiet(): Promise<void> {
    await this.#writing
  }

  async #write(): Promise<void> {
    const { run, record, maxSteps } = this.#setup
    const { step } = run
    try {
      while (this.#next !== null) {
        const note = this.#next
        this.#next = null
        await record([{ type: 'progress', step, data: { step, max_steps: maxSteps, note } }])
      }
    } catch {
      // The attempt ends, and keeps what could not be written for its last batch.
      this.#next = null
    } finally {
      this.#writing = undefined
    }
  }
}
