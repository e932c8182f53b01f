/** Close codes of a WebSocket, and what each says. Apart from frames.ts, so that a client needs no zod for them. */
export const closeCodes = {
  done: 1000,
  shutdown: 1001,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  overloaded: 1013,
  notAuthenticated: 4001,
} as const

/** A larger frame closes the connection with 1009. */
export const maxFrameBytes = 1024 * 1024
