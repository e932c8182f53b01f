import { expect, test, vi } from 'vitest'
import { claim, runServer, type Client, type RunningServer } from '../running-server.ts'

const forwarder = 'WebSocket forwarder created for task'
const nobody = 'No active connection for user agent'

/** What the log says about Task Monitors, as "message number sessions". */
const said = ({ log }: RunningServer): string[] =>
  log
    .filter(({ message }) => message === forwarder || message === nobody)
    .map(({ message, fields: { task, sessions } }) =>
      [message, ...[task, sessions].filter((field) => typeof field === 'number')].join(' '),
    )

const logIn = async (running: RunningServer, user_id: string): Promise<Client> => {
  const client = await running.connect()
  await client.ask({ type: 'hello', user_id }, 'connected')
  return client
}

test('the log says of each task when its events are forwarded to a Task Monitor, and when to none', async () => {
  const running = await runServer()
  const tasks = [await running.add('a'), await running.add('b'), await running.add('c')]
  await logIn(running, 'Agent')
  await logIn(running, 'ann')
  const first = await claim(running)
  expect(said(running)).toEqual([`${nobody} 1`])
  expect(running.log.find(({ message }) => message === nobody)).toMatchObject({
    level: 'info',
    fields: { task: 1, task_id: tasks[0]?.id },
  })

  const monitors = [await logIn(running, 'agent')]
  expect(said(running).slice(1)).toEqual([`${forwarder} 1 1`])
  monitors.push(await logIn(running, 'agent'))
  const second = await claim(running)
  expect(said(running).slice(2)).toEqual([`${forwarder} 2 2`])

  const ended = (): number => running.log.filter(({ message }) => message === 'WebSocket disconnected').length
  for (const [nth, monitor] of monitors.entries()) {
    await monitor.close()
    await vi.waitFor(() => expect(ended()).toBe(nth + 1))
  }
  const done = { kind: 'completed', answer: '', data: null } as const
  await first.settle(done)
  const third = await claim(running)
  expect(said(running).slice(3)).toEqual([`${nobody} 3`])
  await logIn(running, 'agent')
  expect(said(running).slice(4)).toEqual([`${forwarder} 2 1`, `${forwarder} 3 1`])
  for (const attempt of [second, third]) await attempt.settle(done)
})

test('every session of agent gets every event, those of others what they ask for', async () => {
  const running = await runServer()
  const clients = await Promise.all(
    ['agent', 'agent', 'agent', 'ann', 'Agent'].map((user) => logIn(running, user)),
  )
  await running.add('a')
  await (await claim(running)).settle({ kind: 'completed', answer: '', data: null })
  const { lastSeq } = running.store
  for (const client of clients.slice(0, 3)) {
    await client.find((frame) => 'seq' in frame && frame.seq === lastSeq)
    expect(client.events.map(({ seq }) => seq)).toEqual(Array.from({ length: lastSeq }, (_, at) => at + 1))
  }
  for (const client of clients.slice(3)) {
    expect(await client.ask({ type: 'ping' }, 'pong')).toBeDefined()
    expect(client.events).toEqual([])
  }
})
