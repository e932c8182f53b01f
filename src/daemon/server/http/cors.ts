import type { IncomingMessage, ServerResponse } from 'node:http'

/** For an origin that the user has listed; nobody else ever sees one of these headers. */
export const allowOrigin = (response: ServerResponse, origin: string): void => {
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', 'sparky-version')
  response.setHeader('vary', 'origin')
}

/** A browser's question whether it may send a request; it cannot carry a token yet. */
export const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined

export const answerPreflight = (response: ServerResponse): void => {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-allow-private-network': 'true',
    'access-control-max-age': '600',
  })
  response.end()
}
