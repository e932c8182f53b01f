import { writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { Sparky } from './sparky.ts'
import { tempHome } from './temp-home.ts'

/** Counts what clients send to a daemon. */
export interface CountingProxy {
  /** Where clients find the daemon behind the proxy. */
  readonly env: Readonly<Record<string, string>>
  readonly bytesFromClients: number
  readonly connections: number
}

/** A way to the running daemon that passes by a counter. Ends with the test. */
export const countingProxy = async (sparky: Sparky): Promise<CountingProxy> => {
  const home = tempHome()
  const daemonPort = Number(new URL(sparky.daemon()?.url ?? '').port)
  const counted = {
    env: { SPARKY_HOME: home, SPARKY_TOKEN: sparky.token() },
    bytesFromClients: 0,
    connections: 0,
  }
  const server = net.createServer((client) => {
    counted.connections += 1
    const daemon = net.connect(daemonPort, '127.0.0.1')
    client.on('data', (bytes: Buffer) => {
      counted.bytesFromClients += bytes.length
      // The daemon answers to its own address only.
      daemon.write(
        bytes.toString('latin1').replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${daemonPort}`),
        'latin1',
      )
    })
    daemon.pipe(client)
    client.on('error', () => daemon.destroy()).on('end', () => daemon.end())
    daemon.on('error', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const address = { ...sparky.daemon(), url: `http://127.0.0.1:${port}`, port }
  writeFileSync(path.join(home, 'daemon.json'), JSON.stringify(address))
  onTestFinished(() => void server.close())
  return counted
}
