import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../../src/daemon/queue/backoff.ts'

describe('backoffMs', () => {
  const settings = { firstMs: 1000, maxMs: 10_000 }

  it('doubles with each attempt up to the maximum', () => {
    const longest = (attempt: number): number => backoffMs(attempt, settings, () => 1)
    expect([1, 2, 3, 4, 5, 6].map(longest)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000])
  })

  it('leaves the second half to chance', () => {
    expect(backoffMs(2, settings, () => 0)).toBe(1000)
    expect(backoffMs(2, settings, () => 0.5)).toBe(1500)
  })
})
