import { onAbort } from './on-abort.ts'

const firstMs = 100
const longestMs = 5000

/** How long to wait before try number `failures` + 1: twice as long each time, to 5 s, spread by chance so that many clients do not come back in step. */
export const backoffMs = (failures: number, random: () => number = Math.random): number =>
  Math.round(Math.min(longestMs, firstMs * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2))

/** Resolves after `ms`, or as soon as the signal is aborted. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    let forget = (): void => {}
    const timer = setTimeout(() => done(), ms)
    const done = (): void => {
      clearTimeout(timer)
      forget()
      resolve()
    }
    forget = onAbort(signal, done)
  })
