import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connect, createClient } from '../../src/client/client.ts'

test.each(['{"a":1}', '[]', 'null', '"ok"', '{"store":{"id":1}}'])(
  'another program that answers %s is not taken for a daemon',
  async (json) => {
    const server = createServer((_, response) => response.end(json)).listen(0, '127.0.0.1')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const stranger = {
      code: 'daemon_unreachable',
      message: `expected Sparky to answer at ${url}, found something else`,
    }
    await expect(connect({ url })).rejects.toMatchObject(stranger)
    const reading = async (): Promise<void> => {
      for await (const _ of createClient({ url }).openFeed());
    }
    await expect(reading()).rejects.toMatchObject(stranger)
  },
)
