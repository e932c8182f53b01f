import { setTimeout as delay } from 'node:timers/promises'
import { SparkyError } from '../../protocol/failure.ts'
import type { Json, Task } from '../../protocol/task.ts'
import type { AgentLog } from '../agent/log.ts'
import type { EngineEnd } from '../agent/react.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import { cutBytes, headOf, wellFormed } from '../tools/truncate.ts'
import { questionKey, type Question, type Said } from './ask-model.ts'
import type { WorkflowModelRequest } from './define-workflow.ts'
import { jsonChecker, jsonInstructions, type JsonReply } from './json-reply.ts'
import { toJson } from './plain-json.ts'
import { callTool, type ToolCallSetup } from './tool-calls.ts'
import type { FoundResults, NodeContext } from './workflow-program.ts'
import { maxTimerMs } from '../agent/longest-timer.ts'

export interface ContextSetup extends ToolCallSetup {
  readonly task: Task
  readonly simulate: boolean
  readonly languageModel: () => Promise<string | null>
  /** One reply of the model, recorded; or why the attempt ends in place of it. */
  readonly ask: (question: Question) => Promise<Said | EngineEnd>
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
const maxPromptChars = 4 * 1024 * 1024
const maxMessageBytes = 256 * 1024
const maxNoteChars = 500
/** So often a model is asked for a reply that can be used before it is given up. */
const maxReplies = 3

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
    const asked = before.then(() => askFor(request, setup))
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

const askFor = async (request: WorkflowModelRequest, setup: ContextSetup): Promise<Json> => {
  const { system = null, prompt, temperature = null, schema } = request
  if (typeof prompt !== 'string' || (system !== null && typeof system !== 'string'))
    throw new TypeError('expected prompt and system to be strings')
  checkSize(prompt.length + (system?.length ?? 0), maxPromptChars, 'the prompt')
  const { check, instructions, how, what } = schema === undefined ? plainText : jsonOf(schema)
  const all = [system, instructions].filter((part) => part !== null).join('\n\n')
  let correction = ''
  for (let tries = 1; ; tries += 1) {
    const question = { system: all === '' ? null : all, prompt: `${prompt}${correction}`, temperature }
    const said = await reply(question, setup)
    const checked = check(said)
    if (checked.kind === 'fits') return checked.value
    if (tries === maxReplies) {
      const message = `the model gave ${maxReplies} replies that are not ${what} that node ${setup.run.node} asked for; the last: ${checked.why}`
      throw new SparkyError('model_protocol', message, { retryable: true })
    }
    correction = `\n\nYour last reply could not be used: ${checked.why}. Reply again, ${how}.`
  }
}

interface Expected {
  readonly check: (said: Said) => JsonReply
  readonly instructions: string | null
  /** For the model and for people: how to reply, and what is expected. */
  readonly how: string
  readonly what: string
}

const wasCut = 'it reached the limit of its length and was cut'

const plainText: Expected = {
  check: ({ text, finish }) =>
    finish === 'length' ? { kind: 'wrong', why: wasCut } : { kind: 'fits', value: text },
  instructions: null,
  how: 'shorter',
  what: 'the text',
}

const jsonOf = (schema: object): Expected => {
  const check = jsonChecker(schema)
  return {
    check: ({ text, finish }) => {
      const checked = check(text)
      return checked.kind === 'wrong' && finish === 'length' ? { kind: 'wrong', why: wasCut } : checked
    },
    instructions: jsonInstructions(schema),
    how: 'with the JSON alone',
    what: 'the JSON',
  }
}

const reply = async (question: Question, setup: ContextSetup): Promise<Said> => {
  const said = await sayOrKnown(question, setup)
  if (said.finish !== 'content_filter') return said
  throw new SparkyError(
    'model_protocol',
    "the provider's content filter stopped the reply; word the input differently",
  )
}

const sayOrKnown = async (question: Question, { run, stops, ask }: ContextSetup): Promise<Said> => {
  const key = questionKey(question)
  const at = run.replies.findIndex((known) => known.key === key)
  const [known] = at === -1 ? [] : run.replies.splice(at, 1)
  if (known !== undefined) return known
  await stops.pass()
  try {
    const said = await ask(question)
    return 'finish' in said ? said : await stops.endFor(said)
  } catch (error) {
    // An aborted call may be made again when the node is.
    if (stops.isStopping) return stops.hold()
    throw error
  }
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

const checkSize = (size: number, most: number, what: string): void => {
  if (size <= most) return
  throw new SparkyError('too_large', `expected ${what} to have at most ${most} characters, found ${size}`)
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
