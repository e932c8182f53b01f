import { describe, expect, test, vi } from 'vitest'
import { DaemonClient } from '../../src/client/daemon-client.ts'
import type { FakeDaemon } from '../support/fake-daemon.ts'
import { startFakeDaemon, tempHome } from '../support/temp-home.ts'

const id = '01980000-0000-7000-8000-000000000001'
const clientOf = (daemon: FakeDaemon): DaemonClient => new DaemonClient({ env: { SPARKY_HOME: daemon.home } })

describe('a call', () => {
  test('puts what is in the path there, and the rest into query or body', async () => {
    const daemon = await startFakeDaemon()
    const client = clientOf(daemon)
    await client.call('addTask', { id, prompt: 'hi & bye' })
    await client.call('cancelTask', { id, reason: 'no more' })
    await client.call('listTasks', { status: ['pending', 'failed'], limit: 5 })
    expect(daemon.requests).toMatchObject([
      {
        line: 'POST /api/v1/tasks',
        body: { id, prompt: 'hi & bye' },
        authorization: `Bearer ${daemon.token}`,
      },
      { line: `POST /api/v1/tasks/${id}/cancel`, body: { reason: 'no more' } },
      { line: 'GET /api/v1/tasks?status=pending%2Cfailed&limit=5' },
    ])
  })

  test('never lets a name leave its place in the path', async () => {
    const daemon = await startFakeDaemon()
    await expect(clientOf(daemon).call('showTask', { id: '../status?x=1' })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(daemon.requests[0]?.line).toBe('GET /api/v1/tasks/..%2Fstatus%3Fx%3D1')
  })

  test("rejects with the daemon's own code, message and hint", async () => {
    const daemon = await startFakeDaemon()
    await expect(clientOf(daemon).call('showTask', { id: '9' })).rejects.toMatchObject({
      code: 'not_found',
      message: 'there is no task "9"',
      hint: 'sparky agent tasks list',
    })
  })

  test('says so where something else answers', async () => {
    const daemon = await startFakeDaemon()
    daemon.override.status = () => undefined
    await expect(clientOf(daemon).call('status', {})).rejects.toThrow('found something else (HTTP 200)')
  })

  test('rejects where no daemon runs', async () => {
    const client = new DaemonClient({ env: { SPARKY_HOME: tempHome() } })
    await expect(client.call('status', {})).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: 'no daemon is running',
    })
  })

  test('finds a daemon that was restarted elsewhere, after one failure', async () => {
    const first = await startFakeDaemon()
    const client = clientOf(first)
    await client.call('health', {})
    await first.stop()
    await expect(client.call('health', {})).rejects.toMatchObject({ code: 'daemon_unreachable' })
    const second = await startFakeDaemon({ home: first.home })
    expect(await client.call('health', {})).toMatchObject({ status: 'ok' })
    expect(client.address().url).toBe(second.url)
  })

  test('goes where the daemon was restarted in the meantime, without a failure', async () => {
    const first = await startFakeDaemon()
    const client = clientOf(first)
    await client.call('health', {})
    await first.stop()
    const second = await startFakeDaemon({ home: first.home })
    await client.call('addTask', { id, prompt: 'hi' })
    expect(second.requests.map(({ line }) => line)).toEqual(['POST /api/v1/tasks'])
  })

  test('tells once that the daemon is of another version', async () => {
    const daemon = await startFakeDaemon({ version: '9.9.9' })
    const onOtherVersion = vi.fn<(version: string) => void>()
    const client = new DaemonClient({ env: { SPARKY_HOME: daemon.home }, onOtherVersion })
    await client.call('health', {})
    await client.call('health', {})
    expect(onOtherVersion.mock.calls).toEqual([['9.9.9']])
  })
})
