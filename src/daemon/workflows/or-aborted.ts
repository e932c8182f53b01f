/** What somebody else's code does may take for ever: it is left behind when the signal aborts, and this rejects. */
export const orAborted = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  const done = new AbortController()
  const stopped = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(new Error('the attempt was told to stop'))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true, signal: done.signal })
  })
  try {
    return await Promise.race([work, stopped])
  } finally {
    done.abort()
  }
}
