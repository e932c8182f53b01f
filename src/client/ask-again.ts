import type { ApiInput, ApiName, ApiResult } from '../protocol/api.ts'
import type { SparkyError } from '../protocol/failure.ts'
import type { ApiClient } from './api-client.ts'
import { backoffMs, pause } from './backoff.ts'
import { isLost, isRefused } from './unreachable.ts'

/** How long an answer that was lost is asked for again. */
const patienceMs = 30_000

interface Patience {
  readonly signal?: AbortSignal | undefined
  readonly giveUpAfterMs?: number | undefined
  /** What is thrown in the end, where the call may have arrived all the same. */
  readonly mayBeDone?: (lost: SparkyError) => SparkyError
}

/**
 * A call that may be repeated, because twice is the same as once: where its answer is lost on its way, it is made
 * again. Rejects at once where no daemon runs, or nobody listens.
 */
export const askUntilAnswered = async <N extends ApiName>(
  client: ApiClient,
  name: N,
  params: ApiInput<N>,
  { signal, giveUpAfterMs = patienceMs, mayBeDone = (lost) => lost }: Patience,
): Promise<ApiResult<N>> => {
  const beganMs = performance.now()
  let mayHaveArrived = false
  client.address()
  for (let failures = 0; ; failures += 1) {
    try {
      return await client.call(name, params, { signal })
    } catch (error) {
      signal?.throwIfAborted()
      if (!isLost(error)) throw error
      mayHaveArrived ||= !isRefused(error)
      // Once more, because the daemon may listen elsewhere since it was asked last.
      if (!mayHaveArrived && failures > 0) throw error
      if (performance.now() - beganMs >= giveUpAfterMs) throw mayBeDone(error)
      await pause(backoffMs(failures), signal)
      signal?.throwIfAborted()
    }
  }
}
