/** Undoes what was built, in reverse order, once, past failures. Each part puts in its release where it is made. */
export class Releasers {
  readonly #releases: (() => Promise<void> | void)[] = []

  add(release: () => Promise<void> | void): void {
    this.#releases.push(release)
  }

  /** Resolves when everything is undone; rejects then with the first failure, if there was one. */
  async release(): Promise<void> {
    const failures: unknown[] = []
    for (let release = this.#releases.pop(); release !== undefined; release = this.#releases.pop()) {
      try {
        await release()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
