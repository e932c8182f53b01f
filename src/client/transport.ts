/**
 * The library's two ways to a daemon, which differ between Node and a page: one request over HTTP, and a WebSocket.
 * Everything above them is the same on both.
 */
export interface Transport {
  readonly sendRequest: SendRequest
  readonly openSocket: OpenSocket
}

/** Where a request goes, and the token that opens it. */
export interface HttpTarget {
  /** `http://127.0.0.1:7717`, without a slash at its end. */
  readonly url: string
  readonly token: string
}

export interface HttpRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly body?: string
  readonly accept?: string
  readonly signal?: AbortSignal | undefined
  /** How long to wait for the head of the answer. */
  readonly timeoutMs: number
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The whole body. Rejects with `daemon_unreachable` if it is cut. */
  text(): Promise<string>
  /** Lines of the body as they come; no more is read than is pulled. Throws `daemon_unreachable` if it is cut. */
  lines(): AsyncGenerator<string>
}

/**
 * Resolves with the answer once its head is there. Rejects with `daemon_unreachable` if there is none, and with the
 * signal's reason if it is aborted.
 */
export type SendRequest = (target: HttpTarget, request: HttpRequest) => Promise<HttpResponse>

interface SocketEvents {
  onOpen(): void
  onText(text: string): void
  /** Called once, whether it was open before or not; nothing else is called after it. */
  onClose(end: SocketEnd): void
}

export interface SocketEnd {
  /** The close code; null where there was none. */
  readonly code: number | null
  /** For people. */
  readonly reason: string
  /** Whether it is certain that nobody listens there. A page is never told. */
  readonly isRefused: boolean
}

export interface ClientSocket {
  /** Dropped where the socket is not open. */
  send(text: string): void
  close(): void
  /** Stops reading. Null where the platform cannot: a page's WebSocket takes whatever comes. */
  readonly pause: (() => void) | null
  resume(): void
}

/** Opens a WebSocket at `path`, and shows the token in whichever way the platform allows. */
export type OpenSocket = (target: HttpTarget, path: string, events: SocketEvents) => ClientSocket
