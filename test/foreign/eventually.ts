import { vi } from 'vitest'

/** Resolves once the check does not throw; programs start slowly on a busy machine. */
export const eventually = <T>(check: () => T): Promise<Awaited<T>> =>
  vi.waitFor(check, { timeout: 15_000, interval: 20 }) as Promise<Awaited<T>>
