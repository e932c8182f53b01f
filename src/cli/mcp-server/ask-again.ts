import { setTimeout as delay } from 'node:timers/promises'
import type { DaemonClient } from '../../client/daemon-client.ts'
import { isLost } from '../../client/unreachable.ts'
import type { DaemonAccess } from '../daemon-access.ts'

const pauseMs = 200

/**
 * What may be asked twice is asked again where its answer was lost on its way: this lives longer than a daemon does. The
 * second time a daemon is started where none runs any more.
 */
export const askAgain = async <T>(
  daemon: DaemonAccess,
  ask: (client: DaemonClient, isAgain: boolean) => Promise<T>,
): Promise<T> => {
  try {
    return await daemon.need((client) => ask(client, false))
  } catch (error) {
    if (!isLost(error)) throw error
    await delay(pauseMs)
    return daemon.need((client) => ask(client, true))
  }
}
