import type { LinkPorts, LinkTiming } from './link-options.ts'
import { LiveConnection } from './live-connection.ts'
import { onAbort } from './on-abort.ts'
import type { HttpTarget } from './transport.ts'

interface Trial extends LinkPorts, Pick<LinkTiming, 'upgradeTimeoutMs'> {
  readonly stop: AbortSignal
}

/** Whether a WebSocket gets as far as its greeting. Hangs up again; never settles once it is stopped. */
export const canUpgrade = ({ api, openSocket, upgradeTimeoutMs, stop }: Trial): Promise<boolean> =>
  new Promise((resolve) => {
    const target = findQuietly(api)
    if (target === null) return resolve(false)
    const end = (isGreeted: boolean): void => {
      forget()
      connection.close()
      resolve(isGreeted)
    }
    const connection = new LiveConnection(
      { openSocket, target, opening: () => [], upgradeTimeoutMs },
      { onFrame: () => end(true), onLine: () => end(true), onClose: () => end(false) },
    )
    const forget = onAbort(stop, () => connection.close())
  })

/** Whoever follows over HTTP finds out what is wrong with it. */
const findQuietly = (api: LinkPorts['api']): HttpTarget | null => {
  try {
    return api.find()
  } catch {
    return null
  }
}
