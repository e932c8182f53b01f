import type { DaemonStatus } from '../protocol/daemon-status.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { ApiClient } from './api-client.ts'

/** What the daemon says of itself. Rejects with `daemon_unreachable` where it is another program that answers in JSON. */
export const askStatus = async (
  api: ApiClient,
  options: { readonly signal?: AbortSignal } = {},
): Promise<DaemonStatus> => {
  const status = await api.call('status', {}, options)
  const { store } = (status ?? {}) as { readonly store?: Partial<DaemonStatus['store']> }
  if (typeof store?.id === 'string' && typeof store.seq === 'number') return status
  throw new SparkyError(
    'daemon_unreachable',
    `expected Sparky to answer at ${api.address().url}, found something else`,
    { hint: 'another program may have taken the port: sparky agent restart' },
  )
}
