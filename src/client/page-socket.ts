import type { ClientSocket, OpenSocket } from './transport.ts'

/** As much of a page's WebSocket as is used here. */
interface PageWebSocket {
  readonly readyState: number
  addEventListener(type: 'open', listener: () => void): void
  addEventListener(type: 'message', listener: (message: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (close: Close) => void): void
  addEventListener(type: 'error', listener: (error: { readonly message?: unknown }) => void): void
  send(text: string): void
  close(code?: number): void
}

interface Close {
  readonly code: number
  readonly reason: string
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
  let hasEnded = false
  let said = ''
  socket.addEventListener('open', () => events.onOpen())
  socket.addEventListener('message', ({ data }) => {
    if (!hasEnded) events.onText(String(data))
  })
  // Pages are told nothing; other programs that have a WebSocket may say more.
  socket.addEventListener('error', ({ message }) => (said = typeof message === 'string' ? message : ''))
  socket.addEventListener('close', ({ code, reason }) => {
    if (!hasEnded) events.onClose({ code, reason: reason || said || reasonOf(code), isRefused: false })
  })
  return {
    send: (text) => {
      if (socket.readyState === open) socket.send(text)
    },
    close: () => {
      hasEnded = true
      socket.close(1000)
    },
    pause: null,
    resume: () => {},
  }
}

const reasonOf = (code: number): string =>
  code === 1006 ? 'the WebSocket could not be opened, or broke' : `closed with ${code}`

const noSocket: ClientSocket = { send: () => {}, close: () => {}, pause: null, resume: () => {} }
