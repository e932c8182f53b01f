const listeners = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `listener` once the signal is aborted, at once where it is already; returns the way to take that back. A
 * signal gets one listener of ours, however many follow it, so Node does not warn of a leak where a program hands
 * one signal to a hundred tasks.
 */
export const onAbort = (signal: AbortSignal | undefined, listener: () => void): (() => void) => {
  if (signal === undefined) return () => {}
  if (signal.aborted) {
    listener()
    return () => {}
  }
  // Of its own, so that the same function may be added twice.
  const call = (): void => listener()
  const known = listeners.get(signal) ?? listen(signal)
  known.add(call)
  return () => void known.delete(call)
}

const listen = (signal: AbortSignal): Set<() => void> => {
  const added = new Set<() => void>()
  listeners.set(signal, added)
  signal.addEventListener('abort', () => [...added].forEach((call) => call()), { once: true })
  return added
}
