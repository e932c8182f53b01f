/**
 * A value that changes outside React, in the shape that `useSyncExternalStore` reads. Listeners are told at once, or,
 * where `everyMs` says so, at most so often, whatever arrives in between.
 */
export class Observable<State> {
  #state: State
  readonly #everyMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #toldAtMs = Number.NEGATIVE_INFINITY
  readonly #listeners = new Set<() => void>()

  constructor(state: State, everyMs = 0) {
    this.#state = state
    this.#everyMs = everyMs
  }

  readonly get = (): State => this.#state

  /** Returns the way to take it back; after the last one nothing is left running. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stopTimer()
    }
  }

  set(state: State): void {
    if (Object.is(state, this.#state)) return
    this.#state = state
    if (this.#listeners.size === 0 || this.#timer !== undefined) return
    const waitMs = this.#toldAtMs + this.#everyMs - performance.now()
    if (waitMs > 0) this.#timer = setTimeout(() => this.#tell(), waitMs)
    else this.#tell()
  }

  /** Changes some of the state's members; where they are what they were, nobody is told. */
  patch(changes: Partial<State>): void {
    const next = { ...this.#state, ...changes }
    const isNews = (Object.keys(changes) as (keyof State)[]).some(
      (name) => !Object.is(next[name], this.#state[name]),
    )
    if (isNews) this.set(next)
  }

  #tell(): void {
    this.#stopTimer()
    this.#toldAtMs = performance.now()
    for (const listener of this.#listeners) listener()
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
