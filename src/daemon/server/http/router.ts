import type { IncomingMessage, ServerResponse } from 'node:http'
import { api, type ApiName, type ApiParams } from '../../../protocol/api.ts'
import { check } from '../../../protocol/check.ts'
import { SparkyError } from '../../../protocol/failure.ts'
import { judged, Reply, sendFailure, sendJson } from './reply.ts'
import { readJsonBody } from './request-body.ts'
import type { ServerRoom } from '../room.ts'
import { splitTarget } from './request-target.ts'
import { findRoute, type Found } from './route-table.ts'
import { isPlace } from '../sockets/web-socket-place.ts'
import { createHandlers, type Handler, type Handlers, type RequestContext } from './routes/handlers.ts'

/** Answers requests that the guard has let in: finds the route, parses its parameters once, calls its handler. */
export const createRouter = (room: ServerRoom) => {
  const handlers = createHandlers(room)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { path, query } = splitTarget(request.url ?? '')
    try {
      const found = find(request.method ?? 'GET', path)
      if (found.kind !== 'route') return answerWithoutRoute(found, { request, response, path })
      const input = await readInput(found, { request, query })
      const result = await call(handlers, { name: found.name, input, context: contextOf(request, response) })
      if (response.destroyed) return
      if (result instanceof Reply) await result.send(response)
      else sendJson(response, 'created' in api[found.name] ? 201 : 200, result)
    } catch (error) {
      const { failure, isBug } = judged(error)
      // Never the query: it may hold a token.
      if (isBug) room.log.error({ method: request.method, path, error }, 'Request failed')
      if (response.headersSent) response.destroy()
      else sendFailure(response, failure)
    }
  }
}

const find = (method: string, path: string): Found => {
  try {
    return findRoute(method, path)
  } catch (error) {
    throw new SparkyError('usage', `expected a path with valid percent-encoding, found "${path}"`, {
      cause: error,
    })
  }
}

const answerWithoutRoute = (
  found: Exclude<Found, { kind: 'route' }>,
  { request, response, path }: { request: IncomingMessage; response: ServerResponse; path: string },
): void => {
  if (found.kind === 'unknown' && isPlace(path)) {
    response.setHeader('upgrade', 'websocket')
    response.setHeader('connection', 'upgrade')
    const message = `expected ${JSON.stringify(path)} to be asked for as a WebSocket, found a plain request`
    return sendFailure(response, { code: 'usage', message, hint: null }, 426)
  }
  if (found.kind === 'unknown') {
    throw new SparkyError('not_found', `there is nothing at ${JSON.stringify(path)}`)
  }
  response.setHeader('allow', found.allow)
  if (request.method === 'OPTIONS') {
    response.writeHead(204).end()
  } else {
    const message = `expected ${path} to be asked with one of ${found.allow}, found ${request.method}`
    sendFailure(response, { code: 'usage', message, hint: null }, 405)
  }
}

/** Everything that the caller sent: names in the path, and the query or the body. */
const readInput = async (
  { name, pathParams }: Extract<Found, { kind: 'route' }>,
  { request, query }: { request: IncomingMessage; query: string },
): Promise<unknown> => {
  const { method } = api[name]
  const sent = method === 'GET' || method === 'DELETE' ? queryFields(query) : await readJsonBody(request)
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return sent
  return { ...sent, ...pathParams }
}

/** A name that stands there several times is a list. */
const queryFields = (query: string): Record<string, string | string[]> => {
  if (query === '') return {}
  const fields = new URLSearchParams(query)
  return Object.fromEntries(
    [...new Set(fields.keys())].map((name) => {
      const values = fields.getAll(name)
      return [name, values.length === 1 ? (values[0] ?? '') : values]
    }),
  )
}

interface Call<N extends ApiName> {
  readonly name: N
  readonly input: unknown
  readonly context: RequestContext
}

const call = <N extends ApiName>(handlers: Handlers, { name, input, context }: Call<N>) => {
  const { method, params } = api[name]
  const checked = check(params, input, method === 'GET' || method === 'DELETE' ? 'the query' : 'the body')
  if (!checked.ok) throw new SparkyError('usage', checked.message)
  const handler: Handler<N> = handlers[name]
  return handler(checked.value as ApiParams<N>, context)
}

const contextOf = (request: IncomingMessage, response: ServerResponse): RequestContext => ({
  acceptsNdjson: (request.headers.accept ?? '').includes('application/x-ndjson'),
  afterReply: (callback) => (response.destroyed ? callback() : response.once('close', callback)),
})
