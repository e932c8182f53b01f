import { WebSocket } from 'ws'
import { onTestFinished, vi } from 'vitest'
import type { Delta, Event } from '../../src/protocol/event.ts'
import type { ClientFrameInput, ServerFrame } from '../../src/protocol/frames.ts'
import type { Sparky } from './sparky.ts'

type Frame = ServerFrame | Event | Delta

/** Somebody else's plain client of `/api/ws/agent`, which keeps every frame that it got. */
export interface WsClient {
  readonly frames: readonly Frame[]
  /** Frames that have a `seq` and a `v`. */
  readonly events: readonly Event[]
  readonly deltas: readonly Delta[]
  /** Settles when the connection is closed, whoever closed it. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  send(frame: ClientFrameInput | Readonly<Record<string, unknown>> | string): void
  /** The first frame of this type, when it is there. */
  frame<T extends ServerFrame['type']>(type: T): Promise<Extract<ServerFrame, { type: T }>>
  /** Resolves once the check of what came so far does not throw. */
  until(check: () => void): Promise<void>
  close(): void
}

export interface WsOptions {
  /** Default: the right one. */
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: string
}

/** Connects, or rejects with the HTTP answer that refused the upgrade. */
export const connect = async (
  sparky: Sparky,
  { token, headers = {}, query = '' }: WsOptions = {},
): Promise<WsClient> => {
  const url = `${sparky.daemon()?.url.replace('http', 'ws')}/api/ws/agent?${query}`
  const bearer = token === undefined ? sparky.token() : token
  const socket = new WebSocket(url, {
    headers: { ...(bearer !== null && { authorization: `Bearer ${bearer}` }), ...headers },
  })
  const frames: Frame[] = []
  socket.on('message', (text: Buffer) => frames.push(JSON.parse(text.toString()) as Frame))
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  onTestFinished(() => socket.terminate())
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_, response) => reject(new Refused(response.statusCode ?? 0)))
  })
  socket.on('error', () => {})

  const until: WsClient['until'] = (check) => vi.waitFor(check, { timeout: 10_000, interval: 5 })
  return {
    frames,
    get events() {
      return frames.filter((frame): frame is Event => 'seq' in frame && 'v' in frame)
    },
    get deltas() {
      return frames.filter((frame): frame is Delta => 'v' in frame && !('seq' in frame))
    },
    closed,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    frame: (type) =>
      vi.waitFor(
        () => {
          const found = frames.find((frame) => frame.type === type && !('v' in frame))
          if (found === undefined)
            throw new Error(`expected a frame "${type}", found ${JSON.stringify(frames)}`)
          return found as never
        },
        { timeout: 10_000, interval: 5 },
      ),
    until,
    close: () => socket.close(),
  }
}

/** The upgrade was answered with this status. */
class Refused extends Error {
  readonly status: number
  constructor(status: number) {
    super(`the upgrade was answered ${status}`)
    this.status = status
  }
}
