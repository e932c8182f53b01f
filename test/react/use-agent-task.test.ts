import { createElement, useLayoutEffect, type ReactElement } from 'react'
import { expect, test, vi } from 'vitest'
import { createClient, TaskFailure, type Task } from '../../src/client/client.ts'
import { SparkyProvider, useAgentTask, type UseAgentTask } from '../../src/react/react.ts'
import { claim, runServer, token, type RunningServer } from '../daemon/server/running-server.ts'
import { hookInInk, soon } from './hook-in-ink.ts'

const running = async (): Promise<RunningServer & { client: ReturnType<typeof createClient> }> => {
  const server = await runServer()
  return { ...server, client: createClient({ url: server.server.url, token }) }
}

const answer = { kind: 'completed', answer: 'Forty-two', data: null } as const
const failure = {
  kind: 'failed',
  error: { code: 'tool_failed', message: 'no luck', retryable: false },
} as const

test('a task is shown from its submission over its progress to its answer, and told of once', async () => {
  const daemon = await running()
  // By then the end is on the screen: a program may leave here.
  const onComplete = vi.fn((task: Task) => expect(hook.current.currentTask).toEqual(task))
  const onError = vi.fn()
  const hook = hookInInk(() => useAgentTask({ client: daemon.client, onComplete, onError }))
  expect(hook.current).toMatchObject({
    isSubmitting: false,
    isProcessing: false,
    currentTask: null,
    error: null,
  })

  const submitted = hook.current.submitTask({ prompt: 'What is it?', context: { of: 'life' } })
  await hook.until(({ isProcessing }) => expect(isProcessing).toBe(true))
  const isSubmitting = hook.renders.find((render) => render.isSubmitting)
  expect(isSubmitting).toMatchObject({ isProcessing: false, currentTask: null })
  expect(hook.current.currentTask).toMatchObject({
    status: 'pending',
    request_payload: { prompt: 'What is it?', context: { of: 'life' } },
  })

  const attempt = await claim(daemon)
  await hook.until(({ currentTask }) => expect(currentTask?.status).toBe('in_progress'))
  await attempt.record([{ type: 'progress', data: { step: 2, max_steps: 50, note: 'thinking' } }])
  await hook.until(({ currentTask }) => expect(currentTask?.progress.note).toBe('thinking'))
  expect(onComplete).not.toHaveBeenCalled()
  await attempt.settle(answer)

  const task = await submitted
  expect(task).toMatchObject({ status: 'completed', response_payload: { answer: 'Forty-two' } })
  await hook.until(({ currentTask }) => expect(currentTask).toEqual(task))
  expect(hook.current).toMatchObject({ isSubmitting: false, isProcessing: false, error: null })
  expect(onComplete.mock.calls).toEqual([[task]])
  expect(onComplete.mock.settledResults).toMatchObject([{ type: 'fulfilled' }])
  expect(onError).not.toHaveBeenCalled()
  expect(new Set(hook.renders.map(({ submitTask }) => submitTask)).size).toBe(1)
})

test.each<[string, (daemon: RunningServer, task: Task) => Promise<unknown>, string]>([
  ['fails', async (daemon) => (await claim(daemon)).settle(failure), 'tool_failed'],
  ['is cancelled', ({ queue }, { id }) => queue.cancel(id, { by: 'user', reason: null }), 'cancelled'],
])('a task that %s is an error once, and its promise does not reject', async (_, end, code) => {
  const daemon = await running()
  const onComplete = vi.fn()
  const onError = vi.fn()
  const hook = hookInInk(() => useAgentTask({ client: daemon.client, onComplete, onError }))
  const submitted = hook.current.submitTask('Try it')
  await hook.until(({ isProcessing }) => expect(isProcessing).toBe(true))
  await end(daemon, hook.current.currentTask as Task)
  const task = await submitted
  await hook.until(({ isProcessing }) => expect(isProcessing).toBe(false))
  expect(hook.current.currentTask).toEqual(task)
  expect(hook.current.error).toBeInstanceOf(TaskFailure)
  expect(hook.current.error).toMatchObject({ code, task })
  expect(onError.mock.calls).toEqual([[hook.current.error]])
  expect(onComplete).not.toHaveBeenCalled()
})

test('a task that is not accepted is an error, and the next one begins without it', async () => {
  const daemon = await running()
  const onError = vi.fn()
  const hook = hookInInk(() => useAgentTask({ client: daemon.client, onError }))
  expect(await hook.current.submitTask('  ')).toBeNull()
  await hook.until(({ error }) => expect(error).toMatchObject({ code: 'usage' }))
  expect(hook.current).toMatchObject({ isSubmitting: false, isProcessing: false, currentTask: null })
  expect(onError).toHaveBeenCalledTimes(1)
  void hook.current.submitTask('Again')
  await hook.until(({ isProcessing, error }) => expect([isProcessing, error]).toEqual([true, null]))
})

test('where no daemon runs, the promise resolves with null and the error says so', async () => {
  const client = createClient({ url: 'http://127.0.0.1:9' })
  const hook = hookInInk(() => useAgentTask({ client }))
  expect(await hook.current.submitTask('Anybody?')).toBeNull()
  await hook.until(({ error }) => expect(error).toMatchObject({ code: 'daemon_unreachable' }))
})

test('a component that leaves follows no more, cancels nothing and is told nothing', async () => {
  const daemon = await running()
  const onComplete = vi.fn()
  const onError = vi.fn()
  const hook = hookInInk(() => useAgentTask({ client: daemon.client, onComplete, onError }))
  const submitted = hook.current.submitTask('Go on without me')
  await hook.until(({ isProcessing }) => expect(isProcessing).toBe(true))
  await soon(() => expect(daemon.server.sessionCount).toBe(1))
  const renders = hook.renders.length
  const { currentTask, submitTask } = hook.current
  hook.unmount()
  expect(await submitted).toBeNull()
  await soon(() => expect(daemon.server.sessionCount).toBe(0))
  expect(daemon.store.task(currentTask?.id ?? '')?.status).toBe('pending')
  await (await claim(daemon)).settle(answer)
  // A handler that was still at work: what it submits is handed over all the same.
  expect(await submitTask('Late')).toBeNull()
  expect(daemon.store.counts()).toMatchObject({ completed: 1, pending: 1 })
  await soon(() => expect(daemon.server.sessionCount).toBe(0))
  expect(hook.renders).toHaveLength(renders)
  expect(onComplete).not.toHaveBeenCalled()
  expect(onError).not.toHaveBeenCalled()
})

test('a task that is submitted in the very moment of leaving is handed over', async () => {
  const daemon = await running()
  const hook = hookInInk(() => useAgentTask({ client: daemon.client }))
  const submitted = hook.current.submitTask('Quick')
  hook.unmount()
  expect(await submitted).toBeNull()
  expect(daemon.store.counts()).toMatchObject({ pending: 1 })
})

test('a child may submit in its first effect, before those of its parent have run', async () => {
  const daemon = await running()
  const results: unknown[] = []
  const Child = ({ submitTask }: Pick<UseAgentTask, 'submitTask'>): null => {
    useLayoutEffect(() => void submitTask('At once').then((task) => results.push(task?.status)), [submitTask])
    return null
  }
  const Parent = (): ReactElement => createElement(Child, useAgentTask({ client: daemon.client }))
  hookInInk(() => null, { wrap: () => createElement(Parent) })
  await soon(() => expect(daemon.store.counts()).toMatchObject({ pending: 1 }))
  await (await claim(daemon)).settle(answer)
  await soon(() => expect(results).toEqual(['completed']))
})

test('the task submitted last is the one that is shown; the callbacks are those of the last render', async () => {
  const daemon = await running()
  const [before, after] = [vi.fn(), vi.fn()]
  const hook = hookInInk(() => useAgentTask({ client: daemon.client, onComplete: before }))
  const first = hook.current.submitTask('First')
  await hook.until(({ currentTask }) => expect(currentTask?.prompt).toBe('First'))
  const second = hook.current.submitTask('Second')
  await hook.until(({ currentTask }) => expect(currentTask?.prompt).toBe('Second'))
  hook.rerender(() => useAgentTask({ client: daemon.client, onComplete: after }))
  await (await claim(daemon)).settle(answer)
  expect(await first).toMatchObject({ prompt: 'First', status: 'completed' })
  expect(hook.current).toMatchObject({ isProcessing: true, currentTask: { prompt: 'Second' } })
  await (await claim(daemon)).settle(answer)
  expect(await second).toMatchObject({ prompt: 'Second', status: 'completed' })
  await hook.until(({ isProcessing }) => expect(isProcessing).toBe(false))
  expect(after.mock.calls.map(([{ prompt }]) => prompt)).toEqual(['First', 'Second'])
  expect(before).not.toHaveBeenCalled()
  expect(daemon.store.counts()).toMatchObject({ completed: 2 })
})

test('a callback that throws breaks nothing', async () => {
  const daemon = await running()
  const shout = vi.spyOn(console, 'error').mockImplementation(() => {})
  const hook = hookInInk(() =>
    useAgentTask({
      client: daemon.client,
      onComplete: () => {
        throw new Error('mine')
      },
    }),
  )
  const submitted = hook.current.submitTask('Go')
  await hook.until(({ isProcessing }) => expect(isProcessing).toBe(true))
  await (await claim(daemon)).settle(answer)
  expect(await submitted).toMatchObject({ status: 'completed' })
  expect(String(shout.mock.calls[0]?.[0])).toContain('mine')
  shout.mockRestore()
})

test('the provider says which daemon, and an enterprise is a label of its tasks', async () => {
  const daemon = await running()
  const hook = hookInInk(() => useAgentTask({ enterpriseId: 'acme' }), {
    wrap: (children) => createElement(SparkyProvider, { client: daemon.client }, children),
  })
  void hook.current.submitTask({ prompt: 'Hello', labels: { area: 'docs' } })
  await hook.until(({ currentTask }) =>
    expect(currentTask?.labels).toEqual({ enterprise_id: 'acme', area: 'docs' }),
  )
})
