type Compare<T> = (one: T, other: T) => number

/**
 * Items in order, no two of them equal, kept in short runs: to put one in or take one out among 100,000 moves a few
 * hundred at most.
 */
export class SortedRuns<T> implements Iterable<T> {
  readonly #compare: Compare<T>
  /** None of them is empty. */
  readonly #runs: T[][] = []

  /** `items` are in order already. */
  constructor(compare: Compare<T>, items: readonly T[] = []) {
    this.#compare = compare
    for (let begin = 0; begin < items.length; begin += runLength)
      this.#runs.push(items.slice(begin, begin + runLength))
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0
  }

  get first(): T | undefined {
    return this.#runs[0]?.[0]
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const run of this.#runs) yield* run
  }

  /** The items that are not below `item`. */
  *from(item: T): Generator<T> {
    const { run, at } = this.#placeOf(item)
    for (let position = at; position < (this.#runs[run]?.length ?? 0); position += 1)
      yield this.#runs[run]?.[position] as T
    for (let next = run + 1; next < this.#runs.length; next += 1) yield* this.#runs[next] as T[]
  }

  /** Puts `item` in; in the place of its equal, where there is one. */
  add(item: T): void {
    const { run, at, isThere } = this.#placeOf(item)
    const items = this.#runs[run]
    if (items === undefined) this.#runs.push([item])
    else if (isThere) items[at] = item
    else if (items.length < runLength) items.splice(at, 0, item)
    else if (at === items.length && run === this.#runs.length - 1) this.#runs.push([item])
    else {
      this.#runs.splice(run + 1, 0, items.splice(items.length >> 1))
      this.add(item)
    }
  }

  /** Takes out the equal of `item`, where there is one. */
  delete(item: T): void {
    const { run, at, isThere } = this.#placeOf(item)
    if (!isThere) return
    const items = this.#runs[run] as T[]
    if (items.length === 1) this.#runs.splice(run, 1)
    else items.splice(at, 1)
  }

  /** Puts `after` in the place of `before`; either may be missing. */
  exchange(before: T | undefined, after: T | undefined): void {
    if (before !== undefined && (after === undefined || this.#compare(before, after) !== 0))
      this.delete(before)
    if (after !== undefined) this.add(after)
  }

  /** Where `item` stands, or would be put in: behind the last run only where there is none. */
  #placeOf(item: T): { run: number; at: number; isThere: boolean } {
    const run = Math.max(
      0,
      lastNotAbove(this.#runs, (items) => this.#compare(items[0] as T, item)),
    )
    const items = this.#runs[run] ?? []
    const found = lastNotAbove(items, (other) => this.#compare(other, item))
    const isThere = found >= 0 && this.#compare(items[found] as T, item) === 0
    return { run, at: isThere ? found : found + 1, isThere }
  }
}

const runLength = 512

/** Position of the last of `sorted` that `compareTo` does not find above what is sought; -1 where all are. */
const lastNotAbove = <E>(sorted: readonly E[], compareTo: (element: E) => number): number => {
  // What comes in order, as most things do, belongs at the end.
  const last = sorted.length - 1
  if (last < 0 || compareTo(sorted[last] as E) <= 0) return last
  let [low, high] = [-1, last - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (compareTo(sorted[middle] as E) <= 0) low = middle
    else high = middle - 1
  }
  return low
}
