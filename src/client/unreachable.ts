import { SparkyError } from '../protocol/failure.ts'

/** Nobody answered. */
export const unreachable = (error: unknown, url: string): SparkyError =>
  new SparkyError('daemon_unreachable', `the daemon does not answer at ${url}: ${reasonOf(error)}`, {
    hint: 'sparky agent status says whether it runs, sparky agent start starts it',
    retryable: true,
    cause: error,
  })

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** An answer that had begun did not come to its end. */
export const cut = (): SparkyError =>
  new SparkyError('daemon_unreachable', 'the connection to the daemon was cut', { retryable: true })

/** Whether it is certain that nothing was sent: nobody listens there. A page is never told. */
export const isRefused = (error: unknown): boolean =>
  error instanceof SparkyError &&
  error.cause instanceof Error &&
  'code' in error.cause &&
  error.cause.code === 'ECONNREFUSED'

/** Whether an answer was lost on its way: the daemon may have done what it was asked, or not. */
export const isLost = (error: unknown): error is SparkyError =>
  error instanceof SparkyError && error.code === 'daemon_unreachable' && error.retryable
