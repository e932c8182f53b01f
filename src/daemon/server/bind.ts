import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SparkyError } from '../../protocol/failure.ts'

interface Endpoint {
  readonly host: string
  readonly port: number
}

/**
 * Listens here, or on any free port of this host where another program has this one: then it returns a note. Rejects
 * with `usage` where neither can be.
 */
export const bind = async (http: HttpServer, { host, port }: Endpoint): Promise<string | null> => {
  try {
    await listenOn(http, { host, port })
    return null
  } catch (error) {
    if (!isErrno(error) || error.code !== 'EADDRINUSE' || port === 0)
      throw cannotListen(error, { host, port })
  }
  await listenOn(http, { host, port: 0 }).catch((error: unknown) => {
    throw cannotListen(error, { host, port: 0 })
  })
  const { port: taken } = http.address() as AddressInfo
  return `port ${port} is taken; listening on ${taken} instead`
}

const listenOn = (http: HttpServer, endpoint: Endpoint): Promise<void> =>
  new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(endpoint, () => {
      http.off('error', reject)
      resolve()
    })
  })

const cannotListen = (error: unknown, { host, port }: Endpoint): SparkyError =>
  new SparkyError(
    'usage',
    `expected --host and --port to be an address of this machine and a port that may be used, found ${host} and ${port}: ${error instanceof Error ? error.message : String(error)}`,
    { cause: error },
  )

const isErrno = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'code' in error
