interface SnapshotScheduleParts {
  /** Write after this many events … */
  readonly events: number
  /** … and after this long without one. */
  readonly idleMs: number
  /** Does not reject. */
  readonly write: () => Promise<void>
}

/** When the snapshot is written: now and then, never twice at a time, and never for nothing. */
export class SnapshotSchedule {
  readonly #parts: SnapshotScheduleParts
  #newEvents = 0
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #finished = false

  constructor(parts: SnapshotScheduleParts) {
    this.#parts = parts
  }

  /** Counts events that no snapshot holds yet. */
  add(events: number): void {
    if (events === 0 || this.#finished) return
    this.#newEvents += events
    if (this.#newEvents >= this.#parts.events) this.#write()
    else this.#wait()
  }

  /** Writes what is new for the last time. */
  async finish(): Promise<void> {
    this.#finished = true
    clearTimeout(this.#timer)
    await this.#running
    this.#write()
    await this.#running
  }

  #wait(): void {
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#write(), this.#parts.idleMs).unref()
    else this.#timer.refresh()
  }

  #write(): void {
    if (this.#running !== undefined || this.#newEvents === 0) return
    this.#newEvents = 0
    this.#running = this.#parts.write().finally(() => {
      this.#running = undefined
      // What came meanwhile may be the last for a long time.
      if (this.#newEvents > 0 && !this.#finished) this.#wait()
    })
  }
}
