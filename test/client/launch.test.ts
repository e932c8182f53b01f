import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { readAddress } from '../../src/client/address.ts'
import { launchDaemon, type LaunchOptions } from '../../src/client/launch.ts'
import { isAlive } from '../../src/client/process-alive.ts'
import { tempHome } from '../support/temp-home.ts'

const program = path.join(import.meta.dirname, '../fixtures/client/tiny-daemon.mjs')

const options = (mode: string, home = tempHome()): LaunchOptions => {
  onTestFinished(async () => {
    const address = readAddress({ SPARKY_HOME: home })
    if (address === null) return
    process.kill(address.pid)
    await vi.waitFor(() => expect(isAlive(address.pid)).toBe(false))
  })
  return { env: { ...process.env, SPARKY_HOME: home, TINY_DAEMON: mode }, flags: ['--port', '0'], program }
}

describe('launching the daemon', () => {
  test('resolves when it answers, with where it is', async () => {
    const { address, isOurs } = await launchDaemon(options('works'))
    expect(isOurs).toBe(true)
    expect(address).toMatchObject({ token: 'secret', flags: ['--port', '0'] })
    expect(isAlive(address.pid)).toBe(true)
    expect((await fetch(address.url)).status).toBe(200)
  })

  test('starts it in a process group of its own', async () => {
    const { address } = await launchDaemon(options('works'))
    // A signal to the group of that number reaches it: it leads one.
    expect(process.kill(-address.pid, 0)).toBe(true)
  })

  test('gives all of several at once the one that was first', async () => {
    const home = tempHome()
    const all = await Promise.all([1, 2, 3].map(() => launchDaemon(options('works', home))))
    expect(new Set(all.map(({ address }) => address.pid)).size).toBe(1)
    expect(all.filter(({ isOurs }) => isOurs)).toHaveLength(1)
  })

  test('starts one after all where the one that held the home died before it answered', async () => {
    const home = tempHome()
    const lock = path.join(home, 'daemon.lock')
    mkdirSync(lock)
    const launched = launchDaemon(options('works', home))
    await vi.waitFor(() => expect(existsSync(path.join(home, 'refused'))).toBe(true), 10_000)
    rmdirSync(lock)
    expect(await launched).toMatchObject({ isOurs: true })
  })

  test('rejects with the reason that the daemon gives', async () => {
    await expect(launchDaemon(options('refuses'))).rejects.toMatchObject({
      code: 'store_damaged',
      message: 'the store is damaged',
      hint: 'mend it',
    })
  })

  test('rejects with the end of its log where it dies', async () => {
    await expect(launchDaemon(options('dies'))).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: expect.stringMatching(/exit code 7[^]*something is very wrong/),
    })
  })

  test('ends it and rejects where it is not ready in time', async () => {
    await expect(launchDaemon({ ...options('hangs'), timeoutMs: 300 })).rejects.toThrow(
      'was not ready in time',
    )
  })

  test('says so where the home cannot be used', async () => {
    const file = `${tempHome()}/file`
    writeFileSync(file, '')
    await expect(launchDaemon(options('works', file))).rejects.toMatchObject({ code: 'daemon_unreachable' })
  })
})
