import { SparkyError } from '../../../protocol/failure.ts'
import type { SocketEndpoint } from '../../../protocol/socket-endpoints.ts'

/** What a WebSocket asked for by its path. */
export type Place =
  /** Sessions: `implied` is what a message that does not say so is for. */
  | { readonly kind: 'session'; readonly endpoint: SocketEndpoint; readonly implied: ImpliedAgent | null }
  | { readonly kind: 'task'; readonly endpoint: SocketEndpoint; readonly ref: string }

/** The agent that an older chat endpoint names in its path. */
export interface ImpliedAgent {
  readonly agent_type: string
  readonly pillar?: string
}

/** The place at a path (without query). Throws `not_found`, or `usage` where its percent-encoding is malformed. */
export const placeAt = (path: string): Place => {
  if (path === '/api/ws/agent') return { kind: 'session', endpoint: path, implied: null }
  if (path === '/api/ws/guide') return { kind: 'session', endpoint: path, implied: { agent_type: 'guide' } }
  const pillar = lastSegment(path, '/api/ws/liaison/')
  if (pillar !== undefined) {
    return {
      kind: 'session',
      endpoint: '/api/ws/liaison/{pillar}',
      implied: { agent_type: 'liaison', pillar },
    }
  }
  const ref = lastSegment(path, '/ws/tasks/')
  if (ref !== undefined) return { kind: 'task', endpoint: '/ws/tasks/{task_id}', ref }
  throw new SparkyError('not_found', `there is no WebSocket at ${JSON.stringify(path)}`)
}

/** Whether somebody who asks for this path should have asked for a WebSocket. */
export const isPlace = (path: string): boolean => {
  try {
    placeAt(path)
    return true
  } catch {
    return false
  }
}

/** What stands behind this beginning, if it is one name. */
const lastSegment = (path: string, beginning: string): string | undefined => {
  if (!path.startsWith(beginning)) return undefined
  const segment = path.slice(beginning.length)
  if (segment === '' || segment.includes('/')) return undefined
  try {
    return decodeURIComponent(segment)
  } catch (cause) {
    throw new SparkyError('usage', `expected a path with valid percent-encoding, found "${path}"`, { cause })
  }
}
