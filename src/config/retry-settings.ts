import type { Config } from '../protocol/config.ts'

type Retries = NonNullable<Config['retries']>
type FailureClass = Exclude<keyof Retries, 'attempts'>

/** How what failed in one way is tried again: how often in all (null: as often as the task says), and how far apart. */
interface ClassRetries {
  readonly attempts: number | null
  readonly firstMs: number
  readonly maxMs: number
}

export const retrySettings = (retries: Retries = {}): Readonly<Record<FailureClass, ClassRetries>> => {
  const settingsOf = (kind: FailureClass): ClassRetries => {
    const { attempts = null, first_s: firstS, max_s: maxS } = retries[kind] ?? {}
    const pause = kind === 'rate_limit' ? longPause : shortPause
    const firstMs = firstS === undefined ? pause.firstMs : firstS * 1000
    return { attempts, firstMs, maxMs: maxS === undefined ? Math.max(pause.maxMs, firstMs) : maxS * 1000 }
  }
  return {
    rate_limit: settingsOf('rate_limit'),
    provider: settingsOf('provider'),
    tool: settingsOf('tool'),
    timeout: settingsOf('timeout'),
    stalled: settingsOf('stalled'),
  }
}

const shortPause = { firstMs: 2_000, maxMs: 300_000 }
const longPause = { firstMs: 10_000, maxMs: 600_000 }
