import { WebSocket } from 'ws'

/** A peer that does not answer a close within this time is cut off. */
const closeTimeoutMs = 1000
/** RFC 6455, section 5.5: what a close frame has room for beside its code. */
const maxReasonBytes = 123

/** Closes politely, and for certain. A reason that is too long is cut. */
export const closeWebSocket = (webSocket: WebSocket, code: number, reason: string): void => {
  if (webSocket.readyState !== WebSocket.OPEN) return
  closePatiently(webSocket, code, reason)
  const timer = setTimeout(() => webSocket.terminate(), closeTimeoutMs)
  webSocket.once('close', () => clearTimeout(timer))
}

/** The same for who may have much to read before it comes to the close: `ws` cuts it off after half a minute. */
export const closePatiently = (webSocket: WebSocket, code: number, reason: string): void =>
  webSocket.close(code, cut(reason))

const cut = (reason: string): string => {
  if (Buffer.byteLength(reason) <= maxReasonBytes) return reason
  // Decoding as a stream leaves out a character that is not there as a whole.
  const whole = Buffer.from(reason).subarray(0, maxReasonBytes)
  return new TextDecoder().decode(whole, { stream: true })
}
