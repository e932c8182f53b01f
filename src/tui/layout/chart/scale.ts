/** A stretch of numbers, `low` below `high`. */
export interface Domain {
  readonly low: number
  readonly high: number
}

/** The stretch that holds all of these. Where it would be a single number, or too small to tell apart, it reaches to 0. */
export const domainOf = (values: readonly number[]): Domain => {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const size = Math.max(Math.abs(low), Math.abs(high))
  if (values.length === 0 || size < smallest) return { low: 0, high: 1 }
  const isOne = high / 2 - low / 2 < size * tellApart
  return isOne ? { low: Math.min(0, low), high: Math.max(0, high) } : { low, high }
}

const smallest = 1e-290
const tellApart = 1e-10

/** Where a number lies in its stretch: 0 to 1. Right for the largest numbers too. */
export const shareOf = (value: number, { low, high }: Domain): number => {
  const extent = high / 2 - low / 2
  return extent === 0 ? 0.5 : Math.min(1, Math.max(0, (value / 2 - low / 2) / extent))
}

/**
 * Round numbers at equal steps of 1, 2, 2.5 or 5 times a power of ten, at most `most` of them (at least two), the first
 * at or below the stretch, the last at or above it.
 */
export const ticksOf = ({ low, high }: Domain, most: number): readonly number[] => {
  const steps = Math.max(1, most - 1)
  const least = high / steps - low / steps
  const magnitude = Math.floor(Math.log10(least)) - 1
  for (let exponent = magnitude; exponent <= magnitude + 3; exponent++) {
    for (const digit of [1, 2, 2.5, 5]) {
      const step = Number(`${digit}e${exponent}`)
      if (!Number.isFinite(step)) return [low, high]
      const from = Math.floor(rounded(low / step))
      const to = Math.ceil(rounded(high / step))
      if (to - from > steps) continue
      return Array.from({ length: to - from + 1 }, (_, index) => finite(rounded((from + index) * step)))
    }
  }
  return [low, high]
}

/** Without what binary fractions leave behind: 0.30000000000000004 is 0.3. */
const rounded = (value: number): number => {
  const short = Number(value.toPrecision(13))
  // The largest numbers would be rounded up to none.
  return Number.isFinite(short) ? short : value
}

const finite = (value: number): number =>
  Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value === 0 ? 0 : value))
