import { WebSocket } from 'ws'

/** A peer that does not answer a close within this time is cut off. `ws` itself would wait for half a minute. */
const closeTimeoutMs = 1000

/** Closes politely, and for certain. */
export const closeWebSocket = (webSocket: WebSocket, code: number, reason: string): void => {
  if (webSocket.readyState !== WebSocket.OPEN) return
  webSocket.close(code, reason)
  const timer = setTimeout(() => webSocket.terminate(), closeTimeoutMs)
  webSocket.once('close', () => clearTimeout(timer))
}
