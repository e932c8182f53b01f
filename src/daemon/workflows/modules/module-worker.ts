import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { builtProgram } from '../../../config/built-program.ts'
import { farError, nearError } from '../worker/far-error.ts'
import type { FromWorker, ToWorker, WorkerPlace } from '../worker/messages.ts'
import { checkedReply, readMessage } from '../worker/read-message.ts'
import type {
  BodySurroundings,
  NodeContext,
  NodeEnd,
  WorkflowBody,
  WorkflowOutline,
} from '../workflow-program.ts'
import { called, textOf, type FarCall } from './far-call.ts'
import { ModuleProblem } from './module-problem.ts'
import { printedLines } from './printed-lines.ts'

interface ModulePlace {
  readonly file: string
  /** What its workflow is called where it has no name of its own. */
  readonly name: string
}

interface Waiting {
  /** Throws where it is not what was asked for. */
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly context?: NodeContext
}

const usualLoadTimeoutMs = 5_000
const maxHeapMb = 512
/** Of one attempt; what more is printed or logged is dropped. */
const maxLines = 10_000
const printBounds = { maxLineChars: 2_000, maxChars: 8 * 1024 * 1024 }
/** What sends more in a second is stuck, and would keep the daemon from everything else. */
const maxMessagesInWindow = 20_000
const windowMs = 1_000
/** A busy daemon takes them slowly, but none is to keep so many. */
const maxOpenCalls = 10_000

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
  #messages = 0
  #openCalls = 0
  #windowEndsAt = 0
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
    for (const stream of [this.#worker.stdout, this.#worker.stderr])
      printedLines(stream, printBounds, (line) => this.#print(line, onPrinted))
    this.loaded = this.#load(loadTimeoutMs ?? usualLoadTimeoutMs)
  }

  bodyOf(outline: WorkflowOutline): WorkflowBody {
    return {
      outline,
      begin: (input) => this.#ask((id) => ({ kind: 'begin', id, input }), checkedReply.begin),
      run: (node, state, context) => this.#run(node, state, context),
      finish: (state) => this.#ask((id) => ({ kind: 'finish', id, state }), checkedReply.finish),
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
      this.#worker.on('message', (sent: unknown) => {
        if (this.#ended !== undefined) return
        clearTimeout(timer)
        const excess = this.#excess()
        const message = excess === null ? readMessage(sent) : null
        if (message === null) {
          fail(excess ?? 'the module sends what is no message')
          void this.#worker.terminate()
        } else if (message.kind === 'loaded') resolve(message.outline)
        else if (message.kind === 'broken') reject(ModuleProblem.of(message.error, message.line))
        else this.#told(message)
      })
      this.#worker.on('error', (error) =>
        fail(`the module has ended its program: ${farError(error).message}`),
      )
      this.#worker.on('exit', (code) => fail(exitText(code)))
    })
  }

  async #run(node: string, state: NodeEnd['state'], context: NodeContext): Promise<NodeEnd> {
    const { workflowId, input, data, step, cwd, simulate, signal } = context
    const facts = { workflowId, input, data, node, step, cwd, simulate }
    let abort = (): void => {}
    try {
      const message = (id: number): ToWorker => {
        abort = () => this.#post({ kind: 'abort', id, message: farError(signal.reason).message })
        signal.addEventListener('abort', abort, { once: true })
        return { kind: 'run', id, node, state, facts }
      }
      return await this.#ask(message, checkedReply.run, context)
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  #ask<T>(
    message: (id: number) => ToWorker,
    checked: (value: unknown) => T,
    context?: NodeContext,
  ): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const id = (this.#requests += 1)
    return new Promise((take, reject) => {
      const resolve = (value: unknown): void => take(checked(value))
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
        try {
          return waiting.resolve(message.value)
        } catch {
          return waiting.reject(new Error('the module answers what was not asked'))
        }
      case 'failed':
        this.#waiting.delete(message.id)
        return waiting.reject(nearError(message.error))
      case 'said':
        return this.#said(message, waiting.context)
      case 'call':
        return void this.#call(message, waiting.context)
    }
  }

  /** What it does too much of; null where it is well. */
  #excess(): string | null {
    const now = performance.now()
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + windowMs
      this.#messages = 0
    }
    this.#messages += 1
    if (this.#messages > maxMessagesInWindow)
      return `the module sends more than ${maxMessagesInWindow} messages in a second`
    return this.#openCalls > maxOpenCalls
      ? `the module has more than ${maxOpenCalls} calls under way at once`
      : null
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
    this.#openCalls += 1
    try {
      this.#post({ kind: 'returned', call, value: (await called(context, asked)) ?? null })
    } catch (error) {
      this.#post({ kind: 'threw', call, error: farError(error) })
    } finally {
      this.#openCalls -= 1
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

  #print(line: string, onPrinted: (line: string) => void): void {
    if ((this.#lines += 1) <= maxLines) onPrinted(line)
  }
}

/** Node ends with 13 what waits for something that nothing can bring any more. */
const exitText = (code: number): string =>
  code === 13
    ? 'it awaits at its top level what never comes'
    : `the module has ended its program, with exit code ${code}`
