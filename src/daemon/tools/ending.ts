import type { Ending } from './shell.ts'

/** The first of: it exits, its time is up, it is told to end. */
export const firstEnding = (exit: Promise<Ending>, timeoutMs: number, signal: AbortSignal): Promise<Ending> =>
  new Promise((resolve) => {
    const settle = (ending: Ending): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      resolve(ending)
    }
    const timer = setTimeout(() => settle({ kind: 'timed_out' }), timeoutMs)
    const onAbort = (): void => settle({ kind: 'aborted' })
    signal.addEventListener('abort', onAbort)
    void exit.then(settle)
    if (signal.aborted) onAbort()
  })

/** What a process's `exit` event says. */
export const endingOf = (code: unknown, signal: unknown): Ending =>
  typeof code === 'number'
    ? { kind: 'exited', exitCode: code }
    : { kind: 'signalled', signal: String(signal) }
