import type { DaemonAddress } from '../client/address.ts'
import { pause } from '../client/backoff.ts'
import type { Launched } from '../client/launch.ts'
import { isAlive } from '../client/process-alive.ts'
import { SparkyError, toFailure } from '../protocol/failure.ts'
import { isGone, type DaemonAccess } from './daemon-access.ts'

export interface StopOptions {
  /** How long running attempts have to reach a safe point. */
  readonly timeoutS: number
  /** Do not wait for them at all. */
  readonly now?: boolean
}

/** Longer than the daemon itself takes: it kills what is left of running commands, and closes its store. */
const graceMs = 10_000
const lookEveryMs = 25

/** Stops the daemon and resolves with where it was when its process is gone; null where none ran. */
export const stopDaemon = async (
  daemon: DaemonAccess,
  { timeoutS, now = false }: StopOptions,
): Promise<DaemonAddress | null> => {
  const address = daemon.find()
  if (address === null) return null
  try {
    await daemon.look().call('stopDaemon', { timeout_s: timeoutS, ...(now && { now }) })
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
  const deadlineMs = performance.now() + (now ? 0 : timeoutS * 1000) + graceMs
  while (isAlive(address.pid)) {
    if (performance.now() > deadlineMs) {
      throw new SparkyError(
        'conflict',
        `expected the daemon (pid ${address.pid}) to be gone by now, but it still runs`,
        {
          hint: `sparky agent stop --now ends running attempts at once; "kill ${address.pid}" ends the process`,
        },
      )
    }
    await pause(lookEveryMs)
  }
  return address
}

/**
 * Stops the daemon, if one runs, and starts it with the flags that it had, or with others. Where it cannot start with
 * the others, it runs again as it was, and the reason is thrown.
 */
export const restartDaemon = async (
  daemon: DaemonAccess,
  options: StopOptions & { readonly flags?: readonly string[] } = { timeoutS: 10 },
): Promise<Launched> => {
  const previous = await stopDaemon(daemon, options)
  try {
    return await daemon.launch(options.flags ?? previous?.flags ?? [])
  } catch (error) {
    if (previous === null || options.flags === undefined) throw error
    await daemon.launch(previous.flags)
    const { code, message } = toFailure(error)
    throw new SparkyError(code, message, { hint: 'the daemon runs again with the flags that it had' })
  }
}
