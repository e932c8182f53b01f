import type { Socket } from 'node:net'

/**
 * Sees whether a peer reads, from bytes that wait for it: where the system has no room for them, it takes more only as
 * the peer takes some. What the system has room for says nothing: it goes out to the dead as well.
 */
export class ReadingWatch {
  readonly #socket: Pick<Socket, 'bytesWritten' | 'writableLength'>
  #takenBytes = 0
  #wasFull = false

  constructor(socket: Pick<Socket, 'bytesWritten' | 'writableLength'>) {
    this.#socket = socket
  }

  /** Whether it has certainly read something since the last time that this was asked. */
  hasRead(): boolean {
    const { bytesWritten, writableLength } = this.#socket
    const takenBytes = bytesWritten - writableLength
    const hasRead = this.#wasFull && takenBytes > this.#takenBytes
    this.#takenBytes = takenBytes
    this.#wasFull = writableLength > 0
    return hasRead
  }
}
