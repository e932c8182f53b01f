import type { SessionRow } from '../../../protocol/session-statistics.ts'

/** One authenticated WebSocket, as those see it who count and end them. */
export interface Visitor {
  readonly id: string
  readonly userId: string
  /** What the statistics say of it. */
  readonly row: SessionRow
  /** Greets, and listens from now on. */
  begin(): void
  /** Asks for a sign of life; ends the connection where the last one was not answered. */
  beat(): void
  close(code: number, reason: string): void
}
