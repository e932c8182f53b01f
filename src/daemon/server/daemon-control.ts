import type { DaemonStatus } from '../../protocol/daemon-status.ts'

/** What the server may ask of the daemon that it is part of. */
export interface DaemonControl {
  status(): DaemonStatus
  /** Switches the agent loop on; does nothing where it is on. */
  startLoop(): Promise<void>
  /** Begins to end the daemon and returns at once. `now` does not wait for running attempts. */
  stop(options: { readonly timeoutMs: number; readonly now: boolean }): void
}
