import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Task } from '../../src/protocol/task.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 10_000, interval: 20 }

interface LogRecord {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

const records = (sparky: Sparky): LogRecord[] =>
  sparky
    .log()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogRecord)

const recorded = (sparky: Sparky, msg: string): Promise<LogRecord> =>
  vi.waitFor(() => {
    const found = records(sparky).find((record) => record.msg === msg)
    if (found === undefined) throw new Error(`the log has no "${msg}": ${sparky.log()}`)
    return found
  }, soon)

/** Every byte that the daemon has kept, but for the token's own file. */
const everythingKept = (sparky: Sparky): string =>
  readdirSync(sparky.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'token')
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')

test('the log says in the known words who watches, and who does not', async () => {
  const sparky = newSparky()
  const first = await sparky.json<Task>(['run', 'List files'])
  expect(await recorded(sparky, 'Agent loop started in background')).toMatchObject({ level: 'info' })
  expect(await recorded(sparky, 'No active connection for user agent')).toMatchObject({
    task: 1,
    task_id: first.id,
  })

  const url = `${sparky.daemon()?.url.replace('http', 'ws')}/api/ws/agent?api_key=${sparky.token()}`
  const monitor = new WebSocket(url)
  onTestFinished(() => monitor.terminate())
  await once(monitor, 'open')
  monitor.send(JSON.stringify({ type: 'hello', user_id: 'agent' }))
  await vi.waitFor(() => {
    const connected = records(sparky).filter(({ msg }) => msg === 'WebSocket connected')
    expect(connected.map((record) => record['user'] ?? record['user_id'])).toContain('agent')
    expect(connected.every((record) => (record['session'] ?? record['session_id']) !== undefined)).toBe(true)
  }, soon)
  expect(await sparky.json(['agent', 'status'])).toMatchObject({ sessions: 1 })
  const second = await sparky.json<Task>(['run', 'List files'])
  expect(await recorded(sparky, 'WebSocket forwarder created for task')).toMatchObject({
    task: 2,
    task_id: second.id,
  })
})

test('agent logs prints the end of the log as lines, and as one object a line', async () => {
  const sparky = newSparky()
  expect(await sparky.run(['agent', 'logs'])).toMatchObject({ exitCode: 0, stdout: '' })
  await sparky.json(['run', 'List files'])
  const { stdout } = await sparky.run(['agent', 'logs', '--lines', '2'])
  expect(stdout.split('\n')).toHaveLength(2)
  expect(stdout).toMatch(/info +Attempt ended +task=1/)
  const json = await sparky.run(['agent', 'logs', '--json', '--lines', '1'])
  expect(JSON.parse(json.stdout)).toMatchObject({ level: 'info', msg: 'Attempt ended' })
})

test('neither the token nor a key is kept anywhere, also where a provider sends it back', async () => {
  const key = 'AIzaSy-not-a-real-key-0123456789'
  const provider = createServer((request, response) => {
    const sent = `${request.url} ${JSON.stringify(request.headers)}`
    const message = `API key not valid: ${key}. You sent ${sent}`
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }))
  })
  onTestFinished(() => void provider.close())
  await once(provider.listen(0, '127.0.0.1'), 'listening')
  const address = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const sparky = newSparky({
    GEMINI_API_KEY: key,
    GOOGLE_GEMINI_BASE_URL: address,
    SPARKY_LOG_LEVEL: 'trace',
  })
  const { exitCode, stdout, stderr } = await sparky.run(['run', 'Say hello'])
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/API key/)
  await fetch(`${sparky.daemon()?.url}/api/v1/status?api_key=${sparky.token()}`)
  await sparky.run(['agent', 'stop'])
  for (const secret of [key, sparky.token()]) {
    expect(everythingKept(sparky)).not.toContain(secret)
    expect(stdout + stderr).not.toContain(secret)
  }
})
