/** Where a WebSocket may be opened. */
export const socketEndpoints = [
  '/api/ws/agent',
  '/ws/tasks/{task_id}',
  '/api/ws/guide',
  '/api/ws/liaison/{pillar}',
] as const
export type SocketEndpoint = (typeof socketEndpoints)[number]

/** Those that `/api/ws/agent` has taken the place of. */
export const deprecatedEndpoints = [
  '/api/ws/guide',
  '/api/ws/liaison/{pillar}',
] as const satisfies readonly SocketEndpoint[]
