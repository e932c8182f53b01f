import type { Delta, Event } from '../protocol/event.ts'
import type { SparkyError } from '../protocol/failure.ts'
import type { ChatFrame, ServerFrame } from '../protocol/frames.ts'
import type { ApiClient } from './api-client.ts'
import type { Connection } from './feed.ts'
import type { OpenSocket } from './transport.ts'

/** How patient a link is. */
export interface LinkTiming {
  /** How long a daemon that went away may take to come back; for ever if left out. */
  readonly giveUpAfterMs?: number | undefined
  /** How long a WebSocket may take until it is greeted; 10 s if left out. */
  readonly upgradeTimeoutMs?: number | undefined
  /** How often a WebSocket is tried again while events come over HTTP; 30 s if left out. */
  readonly upgradeRetryMs?: number | undefined
  /** How long a stream over HTTP may be silent until the daemon is asked whether it should be; 20 s if left out. */
  readonly silenceMs?: number | undefined
}

/** What the WebSocket of a link is opened with, and asked for. */
export interface LinkOptions extends LinkTiming {
  readonly userId?: string | undefined
  /** Resumes a session of the daemon. */
  readonly sessionId?: string | undefined
  /** Name and version of the program, for the daemon's log. */
  readonly client?: string | undefined
  /**
   * Of a program that also sends: resumed with its id at each reconnect, kept where the daemon refuses a frame, and
   * opened as soon as there is a daemon.
   */
  readonly isSession?: boolean | undefined
}

export interface LinkPorts {
  /** A client of its own: its address is forgotten at each failure. */
  readonly api: ApiClient
  readonly openSocket: OpenSocket
}

export interface LinkEvents {
  onConnection(connection: Connection): void
  /** Events each once and in order, deltas as they come; `size` is about the bytes of the frame. */
  onLine(line: Event | Delta, size: number): void
  /** Everything up to this `seq` was handed over, or is hidden by the selection. */
  onCaughtUp(seq: number, size: number): void
  /** Frames that are about no subscription: greetings, chat, errors, pongs. */
  onFrame(frame: ServerFrame | ChatFrame): void
  /** Going on is pointless. Nothing is called after it. */
  onFailure(error: SparkyError): void
}

/** Of any options, what is about time. */
export const timingOf = (options: LinkTiming): LinkTiming => {
  const { giveUpAfterMs, upgradeTimeoutMs, upgradeRetryMs, silenceMs } = options
  return { giveUpAfterMs, upgradeTimeoutMs, upgradeRetryMs, silenceMs }
}
