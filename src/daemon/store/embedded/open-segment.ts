import { closeSync, constants, fstatSync, openSync, renameSync } from 'node:fs'
import { rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SparkyError } from '../../../protocol/failure.ts'
import { damaged } from './damage.ts'
import { syncDirectory, temporaryPath, writeFully } from './disk.ts'
import type { Segment } from './segment.ts'
import { sidecarPath, type IndexedEvent, type SegmentIndex } from './segment-index.ts'
import { crcOfStart } from './segment-scan.ts'

export type OpenFile = (path: string, flags: string | number) => Promise<FileHandle>

/**
 * What puts a written record on the disk: the `write` itself, in a file opened for that (one turn of a thread instead
 * of two), or a `datasync` after it.
 */
export type SyncedBy = 'write' | 'datasync'

export interface SegmentFiles {
  readonly openFile: OpenFile
  readonly syncedBy: SyncedBy
}

/** Elsewhere a file cannot be opened so, or that promises less than a sync does. */
export const syncedByHere: SyncedBy = process.platform === 'linux' ? 'write' : 'datasync'

/**
 * What is in doubt after a failed write: `nothing`; the `tail`, where half-written bytes may stand behind the last
 * good record; the `pages`, after a failed sync, when the kernel may call bytes clean that never reached the disk.
 * Then the file is opened anew, cut, read back, and never written again.
 */
type Doubt = 'nothing' | 'tail' | 'pages'

/** The segment that is written to. What fails leaves nothing behind, or is mended before anything else is done. */
export class OpenSegment {
  readonly #files: SegmentFiles
  #segment: Segment
  #index: SegmentIndex
  #handle: FileHandle
  #doubt: Doubt = 'nothing'
  #isFinished = false
  /** Whether another file was put in its place, and that is not yet sure to last. */
  #hasNewName = false

  private constructor(
    segment: Segment,
    index: SegmentIndex,
    { handle, ...files }: SegmentFiles & { readonly handle: FileHandle },
  ) {
    this.#segment = segment
    this.#index = index
    this.#files = files
    this.#handle = handle
  }

  static async open(segment: Segment, index: SegmentIndex, files: SegmentFiles): Promise<OpenSegment> {
    const handle = await openToAppend(segment.path, files)
    try {
      // A process that was ended may have written what it did not sync, and a write syncs no more than its own.
      await handle.datasync()
    } catch (error) {
      await handle.close().catch(() => undefined)
      throw error
    }
    return new OpenSegment(segment, index, { ...files, handle })
  }

  get segment(): Segment {
    return this.#segment
  }

  get index(): SegmentIndex {
    return this.#index
  }

  /** Set where nothing may be written to it any more: the log has to go on in another one. */
  get isFinished(): boolean {
    return this.#isFinished
  }

  /** From now on it must not grow. */
  finish(): void {
    this.#isFinished = true
  }

  /** Puts the lines at its end; resolves once they are on disk. To be mended before. */
  async write(bytes: Buffer, events: readonly IndexedEvent[]): Promise<void> {
    this.#checkOwnership()
    let taken = 0
    try {
      await writeFully(this.#handle, bytes, (written) => (taken = written))
    } catch (error) {
      await this.#cutAfter(this.#mayBeUnsynced(taken) ? 'pages' : 'tail')
      throw error
    }
    try {
      if (this.#files.syncedBy === 'datasync') await this.#handle.datasync()
    } catch (error) {
      await this.#cutAfter('pages')
      throw error
    }
    this.#index.add(events, bytes)
  }

  /** Undoes what a failed write has left; rejects while the disk does not let it. */
  async mend(): Promise<void> {
    if (this.#hasNewName) await syncDirectory(dirname(this.#segment.path))
    this.#hasNewName = false
    if (this.#doubt === 'tail') {
      await this.#handle.truncate(this.#index.end)
      this.#doubt = 'nothing'
    }
    if (this.#doubt !== 'pages') return
    const { path } = this.#segment
    const handle = await openToAppend(path, this.#files)
    const failed = this.#handle
    this.#handle = handle
    await failed.close().catch(() => undefined)
    await handle.truncate(this.#index.end)
    await handle.datasync()
    if (crcOfFile(path, this.#index.end) !== this.#index.crc) {
      throw damaged(path, 0, 'a failed sync has changed events that were on disk before')
    }
    this.#isFinished = true
    this.#doubt = 'nothing'
  }

  /** Writes and syncs a little beside it, and takes that away again: what is refused there would be refused here. */
  async probe(): Promise<void> {
    this.#checkOwnership()
    const path = temporaryPath(this.#segment.path)
    try {
      const handle = await this.#files.openFile(path, 'w')
      try {
        await writeFully(handle, Buffer.alloc(probeBytes))
        await handle.datasync()
      } finally {
        await handle.close()
      }
    } finally {
      await rm(path, { force: true }).catch(() => undefined)
    }
  }

  /** Goes on in the file at `path`, which takes its name. `onTaken` runs in the turn in which it does. */
  async replace(path: string, index: SegmentIndex, onTaken: (segment: Segment) => void): Promise<void> {
    // Opened under its temporary name, so that nothing can fail once it has the other.
    const handle = await openToAppend(path, this.#files).catch(async (error: unknown) => {
      await rm(path, { force: true }).catch(() => undefined)
      throw error
    })
    const replaced = this.#handle
    try {
      await takeName(this.#segment, path, (segment) => {
        this.#segment = segment
        this.#index = index
        this.#handle = handle
        this.#hasNewName = true
        onTaken(segment)
      })
    } catch (error) {
      await handle.close()
      throw error
    }
    await replaced.close().catch(() => undefined)
    await this.mend()
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  /** Another writer, or a log that was deleted below us, must not get (or lose) a single acknowledged event. */
  #checkOwnership(): void {
    const file = fstatSync(this.#handle.fd)
    const { path } = this.#segment
    if (file.nlink === 0) throw new SparkyError('not_durable', `${path} was deleted while the store was open`)
    if (file.size === this.#index.end) return
    throw damaged(
      path,
      this.#index.end,
      `expected the file to end there, found ${file.size} bytes: something else writes to it`,
    )
  }

  /** Whether a write that syncs has failed at that: the file has grown by more than it has said. One refused takes nothing. */
  #mayBeUnsynced(taken: number): boolean {
    if (this.#files.syncedBy !== 'write') return false
    try {
      return fstatSync(this.#handle.fd).size !== this.#index.end + taken
    } catch {
      return true
    }
  }

  async #cutAfter(doubt: 'tail' | 'pages'): Promise<void> {
    this.#doubt = doubt
    const isCut = await this.#handle.truncate(this.#index.end).then(
      () => true,
      () => false,
    )
    if (isCut && doubt === 'tail') this.#doubt = 'nothing'
  }
}

/**
 * Gives the file at `path` the segment's name. `onTaken` gets the segment as another object, in the turn in which the
 * file has it: so nobody sees the one file with the index of the other. Where it rejects, nothing has changed.
 */
export const takeName = async (
  segment: Segment,
  path: string,
  onTaken: (segment: Segment) => void,
): Promise<void> => {
  try {
    // It would be of other bytes; without it a start reads the segment itself.
    await rm(sidecarPath(segment), { force: true })
    renameSync(path, segment.path)
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined)
    throw error
  }
  onTaken({ ...segment })
}

const openToAppend = (path: string, { openFile, syncedBy }: SegmentFiles): Promise<FileHandle> =>
  openFile(path, syncedBy === 'write' ? appendAndSync : 'a+')

const appendAndSync = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_DSYNC

/** Room that is worth to begin again with. */
const probeBytes = 64 * 1024

const crcOfFile = (path: string, end: number): number => {
  const fd = openSync(path, 'r')
  try {
    return crcOfStart(fd, end)
  } finally {
    closeSync(fd)
  }
}
