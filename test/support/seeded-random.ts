/** Random numbers that come again with the same seed (mulberry32), so that a failure can be looked at twice. */
export interface SeededRandom {
  readonly seed: number
  /** At least 0, below `limit`. */
  below(limit: number): number
  pick<T>(choices: readonly T[]): T
}

/** The seed is the environment's `SPARKY_TEST_SEED`, else a new one. */
export const seededRandom = (
  seed = Number(process.env['SPARKY_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31)),
): SeededRandom => {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    seed,
    below: (limit) => next() * limit,
    pick: (choices) => choices[Math.floor(next() * choices.length)] as (typeof choices)[number],
  }
}
