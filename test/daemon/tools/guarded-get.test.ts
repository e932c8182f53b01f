import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { fetchUrl } from '../../../src/daemon/tools/fetch-url.ts'
import { guardedGet } from '../../../src/daemon/tools/guarded-get.ts'
import { refusedClass } from '../../../src/daemon/tools/public-address.ts'
import { SparkyError } from '../../../src/protocol/failure.ts'
import { localServer } from './local-server.ts'
import { call } from './tool-context.ts'

const options = { signal: new AbortController().signal, allowedHosts: [] }

describe('the addresses that may be fetched', () => {
  test.each(['8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
    '%s is public',
    async (address) => {
      expect(await refusedClass(address)).toBeNull()
    },
  )

  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.0.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['::7f00:1', 'reserved'],
    ['2002:7f00:1::', 'reserved'],
    ['64:ff9b:1::7f00:1', 'reserved'],
    ['2001:0:7f00:1::', 'reserved'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['172.31.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['fd00:ec2::254', 'private'],
    ['fec0::1', 'reserved'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['100.100.100.200', 'carrier-grade NAT'],
    ['168.63.129.16', 'cloud metadata'],
    ['192.0.0.192', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['nonsense', 'no IP'],
  ])('%s is refused as %s', async (address, name) => {
    expect(await refusedClass(address)).toContain(name)
  })

  test('the addresses of this machine are refused', async () => {
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
    for (const { address } of own) expect(await refusedClass(address)).not.toBeNull()
  })
})

describe('guardedGet', () => {
  test('refuses every spelling of loopback, without a connection', async () => {
    const server = await localServer((_, response) => response.end('reached'))
    const hosts = [
      'localhost',
      'LOCALHOST',
      '127.0.0.1',
      '127.1',
      '0x7f.1',
      '2130706433',
      '017700000001',
      '0',
      '１２７.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::7f00:1]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
    ]
    for (const host of hosts) {
      await expect(guardedGet(`http://${host}:${server.port}/`, options)).rejects.toMatchObject({
        code: 'forbidden',
      })
    }
    // Not every resolver knows this one.
    await expect(guardedGet(`http://localhost.:${server.port}/`, options)).rejects.toBeInstanceOf(SparkyError)
    expect(server.requests).toEqual([])
  })

  test('names the class of a refused address, not the address', async () => {
    const settled = await call(fetchUrl, '/', { url: 'http://localhost:9/' })
    expect(settled.text).toContain('localhost:9 is not fetched: it is a loopback address')
    expect(settled.text).not.toContain('127.0.0.1')
  })

  test.each([
    'file:///etc/passwd',
    'gopher://example.com/',
    'data:text/plain,x',
    'ftp://example.com/',
    'example.com',
    '',
    'http://',
  ])('refuses the address "%s"', async (address) => {
    await expect(guardedGet(address, options)).rejects.toMatchObject({ code: 'usage' })
  })

  test('refuses credentials in an address', async () => {
    await expect(guardedGet('http://user:secret@example.com/', options)).rejects.toMatchObject({
      code: 'usage',
    })
  })

  test('refuses a name when one of its addresses is not public', async () => {
    const resolve = async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    await expect(guardedGet('http://example.test/', { ...options, resolve })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  test('resolves a name once and dials exactly that address', async () => {
    const server = await localServer((_, response) => response.end('pinned'))
    let looks = 0
    const resolve = async () => [{ address: looks++ === 0 ? '127.0.0.1' : '10.255.255.1', family: 4 }]
    const host = `rebinding.test:${server.port}`
    const answer = await guardedGet(`http://${host}/`, { ...options, allowedHosts: [host], resolve })
    expect((await answer.read(100)).bytes.toString()).toBe('pinned')
    expect(looks).toBe(1)
  })

  test('checks every hop of a redirect', async () => {
    const inside = await localServer((_, response) => response.end('inside'))
    const server = await localServer((_, response) => response.writeHead(302, { location: inside.url }).end())
    const allowed = { ...options, allowedHosts: [server.host] }
    await expect(guardedGet(server.url, allowed)).rejects.toMatchObject({ code: 'forbidden' })
    const file = await localServer((_, response) =>
      response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    )
    await expect(guardedGet(file.url, { ...options, allowedHosts: [file.host] })).rejects.toMatchObject({
      code: 'usage',
    })
    expect(inside.requests).toEqual([])
  })

  test('follows five redirects and no more', async () => {
    const server = await localServer((request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) response.end('there')
      else response.writeHead(301, { location: `/${left - 1}` }).end()
    })
    const allowed = { ...options, allowedHosts: [server.host] }
    const answer = await guardedGet(`${server.url}/5`, allowed)
    expect((await answer.read(100)).bytes.toString()).toBe('there')
    await expect(guardedGet(`${server.url}/6`, allowed)).rejects.toThrow('more than 5 redirects')
    expect(server.requests).toHaveLength(12)
  })

  test('sends neither cookies nor credentials, also after a redirect', async () => {
    const headers: string[] = []
    const server = await localServer((request, response) => {
      headers.push(...Object.keys(request.headers))
      if (request.url === '/') response.writeHead(302, { location: '/next', 'set-cookie': 'a=b' }).end()
      else response.end()
    })
    const answer = await guardedGet(server.url, { ...options, allowedHosts: [server.host] })
    answer.close()
    expect(headers.filter((name) => /cookie|authorization|referer/.test(name))).toEqual([])
  })

  test('says that a host is not known or does not answer', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }))
    await expect(guardedGet('http://no.test/', { ...options, resolve })).rejects.toThrow(
      'no.test could not be fetched: the host name is not known',
    )
    await expect(
      guardedGet('http://127.0.0.1:1/', { ...options, allowedHosts: ['127.0.0.1:1'] }),
    ).rejects.toThrow('the connection was refused')
  })
})
