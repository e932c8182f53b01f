import type { ServerResponse } from 'node:http'

/** How many HTTP requests were answered with which status. */
export class RequestTally {
  readonly #counts = new Map<number, number>()

  get counts(): ReadonlyMap<number, number> {
    return this.#counts
  }

  /** To be called once for each; it is counted when it ends. */
  watch(response: ServerResponse): void {
    response.once('close', () => {
      const { statusCode } = response
      this.#counts.set(statusCode, (this.#counts.get(statusCode) ?? 0) + 1)
    })
  }
}
