import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { builtProgram } from '../../../config/built-program.ts'
import type { Json } from '../../../protocol/task.ts'
import type { JsonObject } from '../plain-json.ts'
import { farError, nearError } from '../worker/far-error.ts'
import type { FromWorker, ToWorker, WorkerPlace } from '../worker/messages.ts'
import type {
  BodySurroundings,
  NodeContext,
  NodeEnd,
  WorkflowBody,
  WorkflowOutline,
} from '../workflow-program.ts'
import { ModuleProblem } from './module-problem.ts'

type FarCall = Extract<FromWorker, { kind: 'call' }>

interface ModulePlace {
  readonly file: string
  /** What its workflow is called where it has no name of its own. */
  readonly name: string
}

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
  readonly context?: NodeContext
}

const usualLoadTimeoutMs = 5_000
const maxHeapMb = 512
/** Of one attempt; what more is printed or logged is dropped. */
const maxLines = 10_000
const maxLineChars = 2_000

/**
 * Loads a module in a worker of its own, afresh with all that it imports. Rejects with a `ModuleProblem` where it throws,
 * hangs, or exports no workflow. The worker lives until the body is closed.
 */
export const openModule = async (
  place: ModulePlace,
  surroundings: BodySurroundings,
): Promise<WorkflowBody> => {
  const worker = new ModuleWorker(place, surroundings)
  try {
    return worker.bodyOf(await worker.loaded)
  } catch (error) {
    worker.close()
    throw error
  }
}

class ModuleWorker {
  readonly loaded: Promise<WorkflowOutline>
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #requests = 0
  #lines = 0
  #ended: Error | undefined

  constructor({ file, name }: ModulePlace, { environment, onPrinted, loadTimeoutMs }: BodySurroundings) {
    const api = pathToFileURL(builtProgram('workflow.js')).href
    this.#worker = new Worker(builtProgram('workflow-worker.js'), {
      workerData: { file, name, api } satisfies WorkerPlace,
      env: { ...environment },
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    })
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) this.#print(stream, onPrinted)
    this.loaded = this.#load(loadTimeoutMs ?? usualLoadTimeoutMs)
  }

  bodyOf(outline: WorkflowOutline): WorkflowBody {
    return {
      outline,
      begin: (input) => this.#ask<JsonObject>((id) => ({ kind: 'begin', id, input })),
      run: (node, state, context) => this.#run(node, state, context),
      finish: (state) => this.#ask((id) => ({ kind: 'finish', id, state })),
      close: () => this.close(),
    }
  }

  close(): void {
    this.#end(new Error('the workflow has ended'))
    void this.#worker.terminate()
  }

  #load(timeoutMs: number): Promise<WorkflowOutline> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new ModuleProblem(`it has not loaded within ${timeoutMs / 1000} s`, null))
      }, timeoutMs)
      const fail = (why: string): void => {
        clearTimeout(timer)
        this.#end(new Error(why))
        reject(new ModuleProblem(why, null))
      }
      this.#worker.on('message', (message: FromWorker) => {
        clearTimeout(timer)
        if (message.kind === 'loaded') resolve(message.outline)
        else if (message.kind === 'broken') reject(ModuleProblem.of(message.error, message.line))
        else this.#told(message)
      })
      this.#worker.on('error', (error) =>
        fail(`the module has ended its program: ${farError(error).message}`),
      )
      this.#worker.on('exit', (code) => fail(exitText(code)))
    })
  }

  async #run(node: string, state: JsonObject, context: NodeContext): Promise<NodeEnd> {
    const { workflowId, input, step, cwd, simulate, signal } = context
    const facts = { workflowId, input, node, step, cwd, simulate }
    let abort = (): void => {}
    try {
      return await this.#ask<NodeEnd>((id) => {
        abort = () => this.#post({ kind: 'abort', id, message: farError(signal.reason).message })
        signal.addEventListener('abort', abort, { once: true })
        return { kind: 'run', id, node, state, facts }
      }, context)
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  #ask<T>(message: (id: number) => ToWorker, context?: NodeContext): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const id = (this.#requests += 1)
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, ...(context === undefined ? {} : { context }) })
      this.#post(message(id))
    })
  }

  #told(message: Exclude<FromWorker, { kind: 'loaded' | 'broken' }>): void {
    const waiting = this.#waiting.get(message.id)
    if (waiting === undefined) return
    switch (message.kind) {
      case 'done':
        this.#waiting.delete(message.id)
        return waiting.resolve(message.value as never)
      case 'failed':
        this.#waiting.delete(message.id)
        return waiting.reject(nearError(message.error))
      case 'said':
        return this.#said(message, waiting.context)
      case 'call':
        return void this.#call(message, waiting.context)
    }
  }

  #said(
    { method, args: [text, fields] }: Extract<FromWorker, { kind: 'said' }>,
    context: NodeContext | undefined,
  ): void {
    if (method === 'progress') context?.progress(textOf(text))
    else if ((this.#lines += 1) <= maxLines) context?.log(textOf(text), fields as object)
  }

  async #call({ call, ...asked }: FarCall, context: NodeContext | undefined): Promise<void> {
    if (context === undefined) return
    try {
      this.#post({ kind: 'returned', call, value: (await called(context, asked)) ?? null })
    } catch (error) {
      this.#post({ kind: 'threw', call, error: farError(error) })
    }
  }

  #post(message: ToWorker): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
    if (this.#ended === undefined) this.#worker.postMessage(message)
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  #print(stream: Readable, onPrinted: (line: string) => void): void {
    createInterface({ input: stream }).on('line', (line) => {
      if ((this.#lines += 1) <= maxLines) onPrinted(line.slice(0, maxLineChars))
    })
  }
}

/** Node ends with 13 what waits for something that nothing can bring any more. */
const exitText = (code: number): string =>
  code === 13
    ? 'it awaits at its top level what never comes'
    : `the module has ended its program, with exit code ${code}`

/** A worker sends texts where texts belong; one that a module has meddled with sends anything. */
const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

const called = async (
  context: NodeContext,
  { method, args: [first, second] }: Pick<FarCall, 'method' | 'args'>,
): Promise<Json | void> => {
  switch (method) {
    case 'tool':
      return (await context.tool(textOf(first), second as object)) as unknown as Json
    case 'model':
      return context.model(first as never)
    case 'languageModel':
      return context.languageModel()
    case 'message':
      return context.message(textOf(first))
    case 'sleep':
      return context.sleep(Number(first))
  }
}
