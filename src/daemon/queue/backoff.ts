export interface BackoffSettings {
  readonly firstMs: number
  readonly maxMs: number
}

/**
 * How long to wait before try number `attempt` + 1 (from 1): doubled each time, up to `maxMs`, of which the second
 * half is left to chance, so that many that failed together do not come back together.
 */
export const backoffMs = (
  attempt: number,
  { firstMs, maxMs }: BackoffSettings,
  random = Math.random,
): number => {
  const ceilingMs = Math.min(maxMs, firstMs * 2 ** (attempt - 1))
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * random())
}
