import type { OnNotice } from './notice.ts'
import type { OpenFile, SyncedBy } from './open-segment.ts'

export interface EmbeddedStoreOptions {
  /** Made where it is missing. One process at a time may have it open; who opens it sees to that. */
  readonly directory: string
  readonly now?: () => Date
  readonly onNotice?: OnNotice
  /** A segment of the log that would grow above this is closed. */
  readonly segmentBytes?: number
  /** A snapshot is taken after this many events, and after a while without any. */
  readonly snapshotEvents?: number
  readonly snapshotIdleMs?: number
  /** What was removed leaves the disk this long after it, or so, where it is much of a file … */
  readonly compactionIdleMs?: number
  /** … and after this long in any case. */
  readonly compactionPatienceMs?: number
  /** How often a store that could not be written tries whether it can be again. */
  readonly probeMs?: number
  /** Opens the file that the log is written to. */
  readonly openFile?: OpenFile
  readonly syncedBy?: SyncedBy
}
