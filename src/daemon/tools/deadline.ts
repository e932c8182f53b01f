export interface Deadline {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** What is thrown when the time is over. */
  readonly late: Error
}

/**
 * Runs `work` under a signal that aborts with `signal` and when the time is over; then throws the reason, whatever
 * `work` threw. With timers of its own: in Node 20 the garbage collector may take an `AbortSignal.timeout` that only
 * an `AbortSignal.any` knows, and then it never fires.
 */
export const withDeadline = async <T>(
  { signal, timeoutMs, late }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  signal.throwIfAborted()
  const inner = new AbortController()
  const onAbort = (): void => inner.abort(signal.reason)
  const timer = setTimeout(() => inner.abort(late), timeoutMs)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await work(inner.signal)
  } catch (error) {
    throw inner.signal.aborted ? inner.signal.reason : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
