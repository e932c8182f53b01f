import type { ClientSocket, OpenSocket } from './transport.ts'

/** As much of a page's WebSocket as is used here. */
interface PageWebSocket {
  readonly readyState: number
  onopen: (() => void) | null
  onmessage: ((message: { readonly data: unknown }) => void) | null
  onclose: ((close: { readonly code: number; readonly reason: string }) => void) | null
  send(text: string): void
  close(code?: number): void
}

const open = 1

/** WebSockets of a page. They can set no headers, so the token is in the query. */
export const openPageSocket: OpenSocket = ({ url, token }, path, events) => {
  const { WebSocket } = globalThis as unknown as { WebSocket: new (url: string) => PageWebSocket }
  const query = token === '' ? '' : `?token=${encodeURIComponent(token)}`
  let socket: PageWebSocket
  try {
    socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}${query}`)
  } catch (error) {
    // A page that came over https may not open ws://.
    const reason = error instanceof Error ? error.message : String(error)
    queueMicrotask(() => events.onClose({ code: null, reason, isRefused: false }))
    return noSocket
  }
  socket.onopen = () => events.onOpen()
  socket.onmessage = ({ data }) => events.onText(String(data))
  socket.onclose = ({ code, reason }) =>
    events.onClose({ code, reason: reason || reasonOf(code), isRefused: false })
  return {
    send: (text) => {
      if (socket.readyState === open) socket.send(text)
    },
    close: () => {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close(1000)
    },
    pause: null,
    resume: () => {},
  }
}

/** A page is never told why. */
const reasonOf = (code: number): string =>
  code === 1006 ? 'the WebSocket could not be opened, or broke' : `closed with ${code}`

const noSocket: ClientSocket = { send: () => {}, close: () => {}, pause: null, resume: () => {} }
