import { exitCodes } from '../protocol/failure.ts'

/** What Ctrl+C does. At first it ends this program with the exit code for it, and not as one that a signal killed. */
export class Interrupts {
  readonly #leave = (): never => process.exit(exitCodes.interrupted)

  constructor() {
    process.on('SIGINT', this.#leave)
  }

  /** From now on Ctrl+C is somebody else's to handle: the screens', or the daemon's in the foreground. */
  handOver(): void {
    process.off('SIGINT', this.#leave)
  }

  /** Calls back at the first Ctrl+C; the second ends this program at once. Returns what takes it away again. */
  on(callback: () => void): () => void {
    let isSecond = false
    const listener = (): void => {
      if (isSecond) this.#leave()
      isSecond = true
      callback()
    }
    this.handOver()
    process.on('SIGINT', listener)
    return () => {
      process.off('SIGINT', listener)
      process.on('SIGINT', this.#leave)
    }
  }
}
