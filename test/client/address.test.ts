import { chmodSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readAddress } from '../../src/client/address.ts'
import { tempHome } from '../support/temp-home.ts'

const write = (home: string, daemon: unknown, token = 'secret\n'): NodeJS.ProcessEnv => {
  writeFileSync(`${home}/daemon.json`, typeof daemon === 'string' ? daemon : JSON.stringify(daemon))
  writeFileSync(`${home}/token`, token)
  return { SPARKY_HOME: home }
}
const running = { url: 'http://127.0.0.1:7717', pid: process.pid, version: '1.2.3', keys: ['OPENAI_API_KEY'] }
/** Larger than any pid that Linux gives. */
const deadPid = 2 ** 30

describe('the address of the daemon', () => {
  test('comes from daemon.json, the token from its file', () => {
    const address = readAddress(write(tempHome(), running))
    expect(address).toMatchObject({ ...running, token: 'secret', flags: [] })
  })

  test('has the token of SPARKY_TOKEN where that is set', () => {
    const env = { ...write(tempHome(), running), SPARKY_TOKEN: 'mine' }
    expect(readAddress(env)?.token).toBe('mine')
  })

  test.each([
    ['there is no file', undefined],
    ['the file is empty', ''],
    ['the file is torn', '{"url": "http://127'],
    ['the file holds null', 'null'],
    ['there is no url', { pid: process.pid }],
    ['the pid is no number', { ...running, pid: '1' }],
    ['the process is gone', { ...running, pid: deadPid }],
  ])('is null where %s', (_, daemon) => {
    const home = tempHome()
    const env = daemon === undefined ? { SPARKY_HOME: home } : write(home, daemon)
    expect(readAddress(env)).toBeNull()
  })

  test.each([
    'http://example.com:7717',
    'http://127.evil.com:7717',
    'http://127.0.0.1.evil.com:7717',
    'https://127.0.0.1:7717',
    'http://10.99.98.97:7717',
  ])('is refused where it is not of this machine: %s', (url) => {
    expect(() => readAddress(write(tempHome(), { ...running, url }))).toThrow('an address of this machine')
  })

  test.each(['http://localhost:1', 'http://[::1]:1', 'http://127.8.9.10:1'])(
    'may be any loopback address: %s',
    (url) => {
      expect(readAddress(write(tempHome(), { ...running, url }))?.url).toBe(url)
    },
  )

  test('may be the host that the user configured', () => {
    const env = {
      ...write(tempHome(), { ...running, url: 'http://10.99.98.97:1' }),
      SPARKY_HOST: '10.99.98.97',
    }
    expect(readAddress(env)?.url).toBe('http://10.99.98.97:1')
  })

  test.skipIf(process.getuid?.() === 0)('says so where the file may not be read', () => {
    const home = tempHome()
    const env = write(home, running)
    chmodSync(`${home}/daemon.json`, 0)
    expect(() => readAddress(env)).toThrow('cannot read')
  })
})
