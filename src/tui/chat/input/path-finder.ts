import { listFiles } from './list-files.ts'
import { rankPaths } from './rank-paths.ts'
import { namesIn } from './names-in.ts'
import type { FoundPaths } from './input-state.ts'

/** An older list is made anew while the old one serves. */
const freshMs = 10_000

/**
 * Looks for the files that `@` may mean. Nobody waits for it: what it finds is told to `onFound`, for the newest query
 * only, and a folder of any size is listed in the background, up to 100,000 files of it.
 */
export class PathFinder {
  readonly #cwd: string
  readonly #onFound: (found: FoundPaths) => void
  readonly #closing = new AbortController()
  #query: string | null = null
  #files: readonly string[] | null = null
  #listedAtMs = Number.NEGATIVE_INFINITY
  #listing: Promise<void> | null = null

  constructor(cwd: string, onFound: (found: FoundPaths) => void) {
    this.#cwd = cwd
    this.#onFound = onFound
  }

  /** Asks for the paths that fit `query` best; null: for none any more. */
  ask(query: string | null): void {
    if (query === this.#query || this.#closing.signal.aborted) return
    this.#query = query
    if (query !== null) void this.#find(query)
  }

  close(): void {
    this.#closing.abort()
  }

  async #find(query: string): Promise<void> {
    const isCurrent = (): boolean => this.#query === query && !this.#closing.signal.aborted
    if (isElsewhere(query)) {
      const paths = await namesIn(this.#cwd, query)
      if (isCurrent()) this.#onFound({ query, paths })
      return
    }
    const listing = this.#list()
    if (this.#files === null) await listing
    await this.#rank(query, isCurrent)
    if (listing === null) return
    await listing
    await this.#rank(query, isCurrent)
  }

  async #rank(query: string, isCurrent: () => boolean): Promise<void> {
    const paths = await rankPaths(this.#files ?? [], query, isCurrent)
    if (paths !== null && isCurrent()) this.#onFound({ query, paths })
  }

  /** Null where the list is fresh. */
  #list(): Promise<void> | null {
    if (performance.now() - this.#listedAtMs < freshMs) return this.#listing
    this.#listedAtMs = performance.now()
    this.#listing = this.#listAnew()
    return this.#listing
  }

  async #listAnew(): Promise<void> {
    this.#files = await listFiles(this.#cwd, this.#closing.signal)
    this.#listing = null
  }
}

/** Outside of the working directory nothing is listed but the folder that is named. */
const isElsewhere = (query: string): boolean => /^(\/|~|\.\.(\/|$))/.test(query)
