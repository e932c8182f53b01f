import * as modules from 'node:module'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { checkedWorkflow, localBody } from '../local-body.ts'
import type { NodeContext, WorkflowBody } from '../workflow-program.ts'
import { FarContexts } from './far-contexts.ts'
import { farError } from './far-error.ts'
import type { FromWorker, ToWorker, WorkerPlace } from './messages.ts'

/*
 * The worker of one user's module: a program of its own within the daemon's process, so that a module that loops, exits,
 * throws where nobody catches it or eats memory ends itself and nothing else. It is ended with the attempt.
 */

const { file, name, api } = workerData as WorkerPlace
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
const post = (message: FromWorker): void => parentPort?.postMessage(message)
const contexts = new FarContexts(post)

type Resolve = (specifier: string, context: object, next: (s: string, c: object) => unknown) => unknown

/** `import … from 'sparky-agent/workflow'` works wherever a module stands, whether or not the package is installed there. */
const provideApi = (): void => {
  const wanted = 'sparky-agent/workflow'
  // In the same thread, from Node 22.15 on.
  const { registerHooks } = modules as unknown as { registerHooks?: (hooks: { resolve: Resolve }) => void }
  if (registerHooks !== undefined) {
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === wanted ? { url: api, shortCircuit: true } : next(specifier, context),
    })
    return
  }
  const source = `export const resolve = (specifier, context, next) => specifier === ${JSON.stringify(wanted)} ? { url: ${JSON.stringify(api)}, shortCircuit: true } : next(specifier, context)`
  modules.register(`data:text/javascript,${encodeURIComponent(source)}`)
}

const load = async (): Promise<WorkflowBody> => {
  provideApi()
  const loaded = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  if (!('default' in loaded)) throw new TypeError('expected a default export, found none')
  return localBody(...checkedWorkflow(loaded['default'], name))
}

/** Where in the module an error comes from; null where its stack does not say. */
const lineOf = (error: unknown): number | null => {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (const place of [pathToFileURL(file).href, file]) {
    const at = stack.indexOf(`${place}:`)
    const line = at === -1 ? undefined : /^\d+/.exec(stack.slice(at + place.length + 1))?.[0]
    if (line !== undefined) return Number(line)
  }
  return null
}

/** What Node says of it is about Node; who wrote the module wants to know what to do. */
const explained = (error: unknown): unknown => {
  const { code } = (error ?? {}) as { code?: unknown }
  if (code !== 'ERR_UNKNOWN_FILE_EXTENSION' || !/\.m?ts$/.test(file)) return error
  return new TypeError(
    `Node ${process.versions.node} runs no TypeScript: run Sparky with Node 22.18 or newer, or write the module as JavaScript`,
  )
}

const maxValueChars = 16 * 1024 * 1024

const answer = async (id: number, work: () => Promise<unknown>): Promise<void> => {
  try {
    const value = await work()
    // Here, where it counts for the module: over there it would for everybody.
    const { length } = JSON.stringify(value)
    if (length > maxValueChars)
      throw new TypeError(`expected at most ${maxValueChars} characters as JSON, found ${length}`)
    post({ kind: 'done', id, value })
  } catch (error) {
    post({ kind: 'failed', id, error: farError(error) })
  } finally {
    contexts.close(id)
  }
}

const serve = (body: WorkflowBody, message: ToWorker): void => {
  switch (message.kind) {
    case 'begin':
      return void answer(message.id, () => body.begin(message.input))
    case 'run': {
      const { id, node, state, facts } = message
      const context = contexts.open(id, facts) as NodeContext
      return void answer(id, () => body.run(node, state, context))
    }
    case 'finish':
      return void answer(message.id, () => body.finish(message.state))
    case 'returned':
    case 'threw':
    case 'abort':
      return contexts.told(message)
  }
}

try {
  const body = await load()
  parentPort?.on('message', (message: ToWorker) => serve(body, message))
  post({ kind: 'loaded', outline: body.outline })
} catch (error) {
  post({ kind: 'broken', error: farError(explained(error)), line: lineOf(error) })
}
