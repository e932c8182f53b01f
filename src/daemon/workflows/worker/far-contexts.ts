import type { Json } from '../../../protocol/task.ts'
import type { WorkflowContext, WorkflowModelRequest } from '../define-workflow.ts'
import { toJson } from '../plain-json.ts'
import { nearError } from './far-error.ts'
import type { FarMethod, FromWorker, NodeFacts, ToWorker } from './messages.ts'

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

interface FarCall {
  readonly id: number
  readonly method: FarMethod
  readonly args: readonly Json[]
}

const windowMs = 100
const maxSaidInWindow = 200
const maxTextChars = 4_000

/** Contexts of nodes that run here, whose methods are the daemon's. */
export class FarContexts {
  readonly #post: (message: FromWorker) => void
  readonly #waiting = new Map<number, Waiting>()
  readonly #running = new Map<number, AbortController>()
  #calls = 0
  #said = 0
  #windowEndsAt = 0

  constructor(post: (message: FromWorker) => void) {
    this.#post = post
  }

  open(id: number, facts: NodeFacts): WorkflowContext {
    const controller = new AbortController()
    this.#running.set(id, controller)
    const call = (method: FarMethod, ...args: readonly unknown[]): Promise<never> => {
      const json = args.map((arg, index) => toJson(arg ?? null, `argument ${index + 1} of ${method}`))
      return this.#call({ id, method, args: json })
    }
    return {
      ...facts,
      signal: controller.signal,
      tool: async (name, args = {}) => call('tool', name, args),
      model: (async (request: WorkflowModelRequest) => call('model', request)) as WorkflowContext['model'],
      languageModel: async () => call('languageModel'),
      message: async (text: unknown) => call('message', String(text)),
      sleep: async (ms: unknown) => call('sleep', Number(ms) || 0),
      progress: (note: unknown) => this.#say(id, 'progress', String(note)),
      log: (message: unknown, fields = {}) => this.#say(id, 'log', String(message), toJson(fields, 'fields')),
    }
  }

  close(id: number): void {
    this.#running.delete(id)
  }

  told(message: Extract<ToWorker, { kind: 'returned' | 'threw' | 'abort' }>): void {
    if (message.kind === 'abort') {
      this.#running.get(message.id)?.abort(new Error(message.message))
      return
    }
    const waiting = this.#waiting.get(message.call)
    this.#waiting.delete(message.call)
    if (message.kind === 'returned') waiting?.resolve(message.value as never)
    else waiting?.reject(nearError(message.error))
  }

  /** A loop may say something in each round; nobody could read it. */
  #say(id: number, method: 'progress' | 'log', text: string, ...more: readonly Json[]): void {
    const now = performance.now()
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + windowMs
      this.#said = 0
    }
    this.#said += 1
    if (this.#said <= maxSaidInWindow) {
      this.#post({ kind: 'said', id, method, args: [text.slice(0, maxTextChars), ...more] })
    }
  }

  #call(call: FarCall): Promise<never> {
    const number = (this.#calls += 1)
    const answer = new Promise<never>((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject })
    })
    // A node may let go of what it has asked for.
    answer.catch(() => {})
    this.#post({ kind: 'call', call: number, ...call })
    return answer
  }
}
