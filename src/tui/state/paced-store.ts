/** At most 30 frames a second, whatever arrives. */
const frameMs = 34
const mostPending = 2_000

interface Rules<State, Action, Item> {
  /** The state after an action. Pure. */
  readonly reduce: (state: State, action: Action) => State
  /** What a frame's items are as one action. */
  readonly actionOf: (items: readonly Item[]) => Action
}

/**
 * Holds the state of a screen and tells its listeners about it at most once per frame. An action counts at once (so
 * that the next key meets the state that the one before left); what a feed brings is collected and folded once per
 * frame.
 */
export class PacedStore<State, Action, Item> {
  readonly #rules: Rules<State, Action, Item>
  #state: State
  #pending: Item[] = []
  #timer: NodeJS.Timeout | undefined
  #lastFrameMs = Number.NEGATIVE_INFINITY
  #drained: (() => void) | undefined
  readonly #listeners = new Set<() => void>()

  constructor(state: State, rules: Rules<State, Action, Item>) {
    this.#state = state
    this.#rules = rules
  }

  readonly getState = (): State => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  dispatch(action: Action): void {
    this.#state = this.#rules.reduce(this.#state, action)
    this.#schedule()
  }

  /** Takes one item of the feed. Resolves when there is room for more, so that a fast feed cannot run ahead. */
  async collect(item: Item): Promise<void> {
    this.#pending.push(item)
    this.#schedule()
    if (this.#pending.length >= mostPending) await new Promise<void>((resolve) => (this.#drained = resolve))
  }

  /** Folds at once what was collected: for an action that must not come before it. */
  settle(): void {
    if (this.#pending.length === 0) return
    const items = this.#pending
    this.#pending = []
    this.#state = this.#rules.reduce(this.#state, this.#rules.actionOf(items))
  }

  /** No listener is told anything after this. */
  close(): void {
    clearTimeout(this.#timer)
    this.#listeners.clear()
    this.#drained?.()
  }

  #schedule(): void {
    if (this.#timer !== undefined) return
    const sinceLastMs = performance.now() - this.#lastFrameMs
    this.#timer = setTimeout(() => this.#frame(), Math.max(0, frameMs - sinceLastMs))
  }

  #frame(): void {
    this.#timer = undefined
    this.#lastFrameMs = performance.now()
    this.settle()
    for (const listener of this.#listeners) listener()
    this.#drained?.()
    this.#drained = undefined
  }
}
