import { WebSocket } from 'ws'

/** A peer that does not answer a close within this time is cut off. `ws` itself would wait for half a minute. */
const closeTimeoutMs = 1000
/** RFC 6455, section 5.5: what a close frame has room for beside its code. */
const maxReasonBytes = 123

/** Closes politely, and for certain. A reason that is too long is cut. */
export const closeWebSocket = (webSocket: WebSocket, code: number, reason: string): void => {
  if (webSocket.readyState !== WebSocket.OPEN) return
  webSocket.close(code, cut(reason))
  const timer = setTimeout(() => webSocket.terminate(), closeTimeoutMs)
  webSocket.once('close', () => clearTimeout(timer))
}

const cut = (reason: string): string => {
  if (Buffer.byteLength(reason) <= maxReasonBytes) return reason
  // Decoding as a stream leaves out a character that is not there as a whole.
  const whole = Buffer.from(reason).subarray(0, maxReasonBytes)
  return new TextDecoder().decode(whole, { stream: true })
}
