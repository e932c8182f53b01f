import { readFileSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { Sparky } from './sparky.ts'

/** Counts what clients send to a daemon. */
export interface CountingProxy {
  readonly bytesFromClients: number
  readonly connections: number
}

/** Puts itself between the running daemon and clients that are started from now on. Ends with the test. */
export const proxyBefore = async (sparky: Sparky): Promise<CountingProxy> => {
  const file = path.join(sparky.home, 'daemon.json')
  const written = readFileSync(file, 'utf8')
  const daemonPort = Number(new URL(sparky.daemon()?.url ?? '').port)
  const counted = { bytesFromClients: 0, connections: 0 }
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
  writeFileSync(file, written.replaceAll(String(daemonPort), String(port)))
  onTestFinished(() => {
    server.close()
    writeFileSync(file, written)
  })
  return counted
}
