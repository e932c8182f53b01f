import { execa } from 'execa'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { DaemonStatus } from '../../src/protocol/daemon-status.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

/** A living process that has nothing to do with Sparky. */
const startStranger = (): { pid: number; hasEnded: () => boolean } => {
  const stranger = execa('sleep', ['300'], { reject: false })
  onTestFinished(() => void stranger.kill('SIGKILL'))
  return {
    pid: stranger.pid ?? 0,
    hasEnded: () => stranger.exitCode !== null || stranger.signalCode !== null,
  }
}

/** Leaves what a crash leaves, with the dead daemon's pid given to somebody else since. */
const leaveStaleFile = async (sparky: Sparky, change: { pid: number; url?: string }): Promise<void> => {
  const file = path.join(sparky.home, 'daemon.json')
  const written = JSON.parse(readFileSync(file, 'utf8')) as object
  await sparky.killDaemon()
  writeFileSync(file, JSON.stringify({ ...written, ...change }))
}

test('after kill -9 nothing is said to run, and the next start finds everything', async () => {
  const sparky = newSparky()
  await sparky.json(['run', 'List files'])
  const killed = await sparky.killDaemon()
  const looked = await sparky.run(['agent', 'status', '--json'])
  expect(looked).toMatchObject({ exitCode: 3, stderr: '' })
  expect(JSON.parse(looked.stdout)).toEqual({ running: false })
  expect(await sparky.run(['agent', 'tasks', 'list'])).toMatchObject({ exitCode: 3 })
  expect(await sparky.run(['agent', 'stop'])).toMatchObject({ exitCode: 0 })
  const status = await sparky.json<DaemonStatus>(['agent', 'start'])
  expect(status).toMatchObject({ running: true, tasks: { completed: 1 } })
  expect(status.pid).not.toBe(killed)
})

test('a pid that belongs to a stranger now stops no start, and the stranger is never signalled', async () => {
  const sparky = newSparky()
  await sparky.json(['agent', 'start'])
  const stranger = startStranger()
  await leaveStaleFile(sparky, { pid: stranger.pid })
  expect(await sparky.run(['agent', 'status', '--json'])).toMatchObject({
    exitCode: 3,
    stdout: '{"running":false}',
  })
  expect(await sparky.run(['agent', 'tasks', 'list'])).toMatchObject({ exitCode: 3, stdout: '' })
  for (const stop of [
    ['agent', 'stop'],
    ['agent', 'stop', '--now', '--json'],
  ]) {
    expect(await sparky.run(stop)).toMatchObject({ exitCode: 0 })
  }
  const started = await sparky.json<DaemonStatus>(['agent', 'start'])
  expect(started.pid).not.toBe(stranger.pid)
  expect(stranger.hasEnded()).toBe(false)
})

test.each(['run', 'agent tasks add', 'agent restart', 'agent pause'])(
  '%s gets past a stale daemon.json whose pid and port belong to others now',
  async (command) => {
    const sparky = newSparky()
    await sparky.json(['agent', 'start'])
    const stranger = startStranger()
    const server = createServer((_, response) => response.writeHead(404).end('<h1>not here</h1>'))
    onTestFinished(() => void server.close())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await leaveStaleFile(sparky, { pid: stranger.pid, url })
    const prompt = /run|add/.test(command) ? ['List files'] : []
    // A key that the stale file does not list is no reason to ask the stranger.
    const env = { TAVILY_API_KEY: 'tvly-0123456789' }
    const { exitCode, stderr } = await sparky.run([...command.split(' '), ...prompt], { env })
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
    expect(sparky.daemon()?.url).not.toBe(url)
    expect(stranger.hasEnded()).toBe(false)
  },
)

test.each([
  ['daemon.json', 'cut in the mid'],
  ['daemon.json', '{"pid": "12", "url": "http://127.0.0.1:7717"}'],
  ['daemon.json', 'null'],
  ['daemon.lock', 'no link at all'],
])('a %s that holds %j is no obstacle', async (name, content) => {
  const sparky = newSparky()
  await sparky.json(['agent', 'start'])
  await sparky.killDaemon()
  rmSync(path.join(sparky.home, name))
  writeFileSync(path.join(sparky.home, name), content)
  expect(await sparky.run(['agent', 'status'])).toMatchObject({ exitCode: 3 })
  expect(await sparky.json(['run', 'List files'])).toMatchObject({ status: 'completed' })
})

test.each(['flag', 'environment'])(
  'a port that is taken (%s) means another port, and a note',
  async (from) => {
    const sparky = newSparky()
    const server = createServer()
    onTestFinished(() => void server.close())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const port = String((server.address() as AddressInfo).port)
    const flags = from === 'flag' ? ['--port', port] : []
    const { exitCode, stdout, stderr } = await sparky.run(['agent', 'start', ...flags], {
      env: from === 'flag' ? {} : { SPARKY_PORT: port },
    })
    expect(exitCode).toBe(0)
    expect(stderr).toContain(`port ${port} is taken`)
    expect(stdout).toContain(sparky.daemon()?.url)
    expect(sparky.daemon()?.url).not.toContain(`:${port}`)
  },
)
