import { expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { useTasks } from '../../src/react/react.ts'
import { claim, runServer, token } from '../daemon/server/running-server.ts'
import { hookInInk, soon } from './hook-in-ink.ts'

const answer = { kind: 'completed', answer: 'Done', data: null } as const

const running = async () => {
  const daemon = await runServer()
  return { ...daemon, client: createClient({ url: daemon.server.url, token }) }
}

const prompts = ({ tasks }: { tasks: readonly { prompt: string }[] }): string[] =>
  tasks.map(({ prompt }) => prompt)

test('the list has what is there, newest first, and changes with every event', async () => {
  const daemon = await running()
  for (const prompt of ['one', 'two']) await daemon.add(prompt)
  const hook = hookInInk(() => useTasks({ client: daemon.client }))
  expect(hook.current).toEqual({ tasks: [], connection: { state: 'connecting' }, error: null })
  await hook.until((list) => expect(prompts(list)).toEqual(['two', 'one']))
  await hook.until(({ connection }) => expect(connection).toEqual({ state: 'live' }))

  const three = await daemon.add('three')
  await hook.until((list) => expect(prompts(list)).toEqual(['three', 'two', 'one']))
  const attempt = await claim(daemon)
  await hook.until(({ tasks }) => expect(tasks[2]).toMatchObject({ prompt: 'one', status: 'in_progress' }))
  await attempt.settle(answer)
  await hook.until(({ tasks }) => expect(tasks[2]).toEqual(daemon.store.task(attempt.task.id)))
  await daemon.queue.cancel(three.id, { by: 'user', reason: null })
  await daemon.queue.remove(three.id)
  await hook.until((list) => expect(prompts(list)).toEqual(['two', 'one']))
})

test('a filter lets in what comes to fit it, and fills up from what is older', async () => {
  const daemon = await running()
  for (const prompt of ['one', 'two', 'three', 'four']) await daemon.add(prompt)
  const hook = hookInInk(() => useTasks({ client: daemon.client, status: ['pending'], limit: 2 }))
  await hook.until((list) => expect(prompts(list)).toEqual(['four', 'three']))
  await daemon.queue.cancel('4', { by: 'user', reason: null })
  await hook.until((list) => expect(prompts(list)).toEqual(['three', 'two']))
  await daemon.queue.pause('3')
  await hook.until((list) => expect(prompts(list)).toEqual(['two', 'one']))
  await daemon.queue.resume('3')
  await hook.until((list) => expect(prompts(list)).toEqual(['three', 'two']))
})

test('another filter is another list', async () => {
  const daemon = await running()
  await daemon.add('here', { group: 'docs' })
  await daemon.add('there', { labels: { area: 'api' } })
  const hook = hookInInk(() => useTasks({ client: daemon.client, group: 'docs' }))
  await hook.until((list) => expect(prompts(list)).toEqual(['here']))
  hook.rerender(() => useTasks({ client: daemon.client, labels: { area: 'api' } }))
  await hook.until((list) => expect(prompts(list)).toEqual(['there']))
  await soon(() => expect(daemon.server.sessionCount).toBe(1))
})

test('a burst of tasks makes few renders, and the list keeps to its limit', async () => {
  const daemon = await running()
  const hook = hookInInk(() => useTasks({ client: daemon.client, limit: 10 }))
  await hook.until(({ connection }) => expect(connection).toEqual({ state: 'live' }))
  const before = hook.renders.length
  const beganMs = performance.now()
  await Promise.all(Array.from({ length: 1000 }, (_, index) => daemon.add(`task ${index}`)))
  await hook.until(({ tasks }) => expect(tasks[0]?.number).toBe(1000))
  const tookMs = performance.now() - beganMs
  expect(hook.current.tasks.map(({ number }) => number)).toEqual(
    Array.from({ length: 10 }, (_, index) => 1000 - index),
  )
  expect(hook.renders.length - before).toBeLessThan(tookMs / 33 + 3)
})

test('a component that leaves closes the connection, and renders no more', async () => {
  const daemon = await running()
  const hook = hookInInk(() => useTasks({ client: daemon.client }))
  await hook.until(({ connection }) => expect(connection).toEqual({ state: 'live' }))
  hook.unmount()
  const renders = hook.renders.length
  await soon(() => expect(daemon.server.sessionCount).toBe(0))
  await daemon.add('unseen')
  expect(hook.renders).toHaveLength(renders)
})

test('a wrong token is an error, and the list stays empty', async () => {
  const daemon = await running()
  const client = createClient({ url: daemon.server.url, token: 'wrong' })
  const hook = hookInInk(() => useTasks({ client }))
  await hook.until(({ error }) => expect(error).toMatchObject({ code: 'unauthorized' }))
  expect(hook.current.tasks).toEqual([])
})
