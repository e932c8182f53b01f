import { WebSocket } from 'ws'
import type { OpenSocket } from './transport.ts'

/** A task's prompt may be as large as a request to the daemon. */
const maxFrameBytes = 16 * 1024 * 1024

/** WebSockets of a Node program; the token is in a header, where no log of a proxy shows it. */
export const openNodeSocket: OpenSocket = ({ url, token }, path, events) => {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}`, {
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
  })
  let hasEnded = false
  const end = (
    reason: string,
    { code = null, isRefused = false }: { code?: number | null; isRefused?: boolean },
  ) => {
    if (hasEnded) return
    hasEnded = true
    events.onClose({ code, reason, isRefused })
  }
  socket.on('open', () => events.onOpen())
  socket.on('message', (message: Buffer) => {
    if (!hasEnded) events.onText(message.toString())
  })
  socket.on('unexpected-response', (request, response) => {
    request.destroy()
    end(`the upgrade to a WebSocket was answered with HTTP ${response.statusCode}`, {})
  })
  socket.on('error', (error: NodeJS.ErrnoException) =>
    end(error.message || (error.code ?? 'no connection'), { isRefused: error.code === 'ECONNREFUSED' }),
  )
  socket.on('close', (code, reason) => end(reason.toString() || `closed with ${code}`, { code }))
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    close: () => {
      // A polite close would wait for the answer of a peer that may be gone.
      if (socket.readyState === WebSocket.OPEN) socket.close(1000)
      setTimeout(() => socket.terminate(), 200).unref()
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate()
    },
    pause: () => {
      if (socket.readyState === WebSocket.OPEN) socket.pause()
    },
    resume: () => socket.resume(),
  }
}
