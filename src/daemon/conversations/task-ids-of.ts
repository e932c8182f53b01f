interface Source {
  readonly has: (id: string) => boolean
  readonly all: () => readonly string[]
}

/** A set that grows and shrinks with what it is taken from. */
export class TaskIdsOf implements ReadonlySet<string> {
  readonly #source: Source

  constructor(source: Source) {
    this.#source = source
  }

  get size(): number {
    return this.#source.all().length
  }

  has(id: string): boolean {
    return this.#source.has(id)
  }

  forEach(each: (id: string, again: string, set: ReadonlySet<string>) => void): void {
    for (const id of this.#source.all()) each(id, id, this)
  }

  keys(): SetIterator<string> {
    return this.values()
  }

  values(): SetIterator<string> {
    return new Set(this.#source.all()).values()
  }

  entries(): SetIterator<[string, string]> {
    return new Set(this.#source.all()).entries()
  }

  [Symbol.iterator](): SetIterator<string> {
    return this.values()
  }
}
