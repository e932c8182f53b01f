import { describe, expect, test } from 'vitest'
import { DaemonClient } from '../../src/client/daemon-client.ts'
import { followEvents, readEvents, type FollowOptions } from '../../src/client/event-stream.ts'
import { isEvent } from '../../src/protocol/event-names.ts'
import { startFakeDaemon } from '../support/temp-home.ts'
import type { FakeDaemon } from '../support/fake-daemon.ts'

const id = '01980000-0000-7000-8000-000000000001'
const clientOf = (daemon: FakeDaemon): DaemonClient => new DaemonClient({ env: { SPARKY_HOME: daemon.home } })
const thought = (text: string) => ({ task_id: id, type: 'thought', data: { text } }) as const

const daemonWithTask = async (): Promise<{ daemon: FakeDaemon; client: DaemonClient }> => {
  const daemon = await startFakeDaemon()
  const client = clientOf(daemon)
  await client.call('addTask', { id, prompt: 'hi' })
  return { daemon, client }
}
/** The numbers of the events, with something done after each. */
const follow = async (
  client: DaemonClient,
  options: FollowOptions,
  after: (seq: number) => unknown = () => {},
): Promise<number[]> => {
  const seen: number[] = []
  for await (const line of followEvents(client, options)) {
    if (!isEvent(line)) continue
    seen.push(line.seq)
    await after(line.seq)
  }
  return seen
}

describe('following a task', () => {
  test('gives what was, then what comes, and ends with the task', async () => {
    const { daemon, client } = await daemonWithTask()
    const seen = await follow(client, { task: id, after: 0 }, (seq) => {
      if (seq === 1) daemon.append(thought('hm'))
      if (seq === 2) daemon.complete(id, 'done')
    })
    expect(seen).toEqual([1, 2, 3])
  })

  test('gives deltas where they are asked for', async () => {
    const { daemon, client } = await daemonWithTask()
    const types: string[] = []
    for await (const line of followEvents(client, { task: id, after: 0, deltas: true })) {
      types.push(line.type)
      if (line.type === 'task_added') {
        daemon.send({
          task_id: id,
          attempt: 1,
          step: 1,
          type: 'message_delta',
          data: { text: 'Hel', offset: 0 },
        })
      }
      if (line.type === 'message_delta') daemon.complete(id, 'Hello')
    }
    expect(types).toEqual(['task_added', 'message_delta', 'status'])
    expect(daemon.requests.some(({ line }) => line.includes('deltas=true'))).toBe(true)
  })

  test('goes on from its cursor after every cut, without a gap or a duplicate', async () => {
    const { daemon, client } = await daemonWithTask()
    const seen = await follow(client, { task: id, after: 0 }, (seq) => {
      if (seq % 3 === 0) daemon.cutConnections()
      if (seq < 20) daemon.append(thought(`${seq}`))
      else if (seq === 20) daemon.complete(id, 'done')
    })
    expect(seen).toEqual(Array.from({ length: 21 }, (_, index) => index + 1))
  })

  test('ends at once where the task has ended and nothing is new', async () => {
    const { daemon, client } = await daemonWithTask()
    daemon.complete(id, 'done')
    expect(await follow(client, { task: id, after: 2 })).toEqual([])
  })

  test('ends where the task is removed', async () => {
    const { daemon, client } = await daemonWithTask()
    const seen = await follow(client, { task: id, after: 0 }, (seq) => {
      if (seq === 1) daemon.append({ task_id: id, type: 'task_removed', data: {} })
    })
    expect(seen).toEqual([1, 2])
  })

  test('ends where its signal is aborted', async () => {
    const { client } = await daemonWithTask()
    const controller = new AbortController()
    expect(
      await follow(client, { task: id, after: 0, signal: controller.signal }, () => controller.abort()),
    ).toEqual([1])
  })

  test('gives up on a daemon that does not come back', async () => {
    const { daemon, client } = await daemonWithTask()
    const following = follow(client, { task: id, after: 0, giveUpAfterMs: 200 }, () => daemon.stop())
    await expect(following).rejects.toMatchObject({ code: 'daemon_unreachable' })
  })

  test('fails at once where there is no such task', async () => {
    const { client } = await daemonWithTask()
    await expect(follow(client, { task: '77', after: 0 })).rejects.toMatchObject({ code: 'not_found' })
  })
})

test('following everything gives the wanted types only, and goes on when a task ends', async () => {
  const { daemon, client } = await daemonWithTask()
  const controller = new AbortController()
  daemon.append(thought('not wanted'))
  daemon.complete(id, 'done')
  const seen = await follow(client, { after: 0, types: ['status'], signal: controller.signal }, (seq) => {
    if (seq === 3) daemon.status(id, 'pending')
    else controller.abort()
  })
  expect(seen).toEqual([3, 4])
})

test('reading gives everything up to now, and ends', async () => {
  const { daemon, client } = await daemonWithTask()
  daemon.append(thought('hm'))
  const types: string[] = []
  for await (const line of readEvents(client, { task: id, after: 0 })) types.push(line.type)
  expect(types).toEqual(['task_added', 'thought'])
})
