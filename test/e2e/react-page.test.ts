import { build } from 'esbuild'
import { execa } from 'execa'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Task } from '../../src/protocol/task.ts'
import { useAgentTask, useTasks } from '../../src/react/react.ts'
import { hookInInk } from '../react/hook-in-ink.ts'
import { newSparky } from '../support/sparky.ts'

const root = path.join(import.meta.dirname, '../..')

test('the example of docs/react.md for a terminal shows a task up to its answer', async () => {
  const page = readFileSync(path.join(root, 'docs/react.md'), 'utf8')
  const source = /```jsx ask\.jsx\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  // Inside the package, where "sparky-agent" is found by its own name.
  const folder = mkdtempSync(path.join(root, 'dist/example-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = path.join(folder, 'ask.mjs')
  await build({
    stdin: { contents: source, loader: 'jsx' },
    jsx: 'automatic',
    format: 'esm',
    outfile,
    logLevel: 'warning',
  })
  const sparky = newSparky()
  await sparky.start()
  const ask = (prompt: string) =>
    execa(process.execPath, [outfile, prompt], { env: { ...sparky.env }, extendEnv: false })
  const { stdout } = await ask('Run the command: echo from the docs')
  expect(stdout).toContain('completed, step')
  expect(stdout).toContain('from the docs')
  expect((await ask('Nothing that the demo understands')).stdout).toContain('failed, step')
  expect(await sparky.json<Task[]>(['agent', 'tasks', 'list'])).toHaveLength(2)
})

test('hooks without a client follow the daemon of SPARKY_HOME, over a kill -9 and a restart', async () => {
  const sparky = newSparky()
  vi.stubEnv('SPARKY_HOME', sparky.home)
  onTestFinished(() => void vi.unstubAllEnvs())
  await sparky.start()
  const onComplete = vi.fn()
  const hook = hookInInk(() => ({ ...useAgentTask({ onComplete }), list: useTasks() }))
  const submitted = hook.current.submitTask('Run the command: echo begun; sleep 1; echo done')
  await hook.until(({ currentTask }) => expect(currentTask?.usage.tool_calls).toBe(1))
  await sparky.killDaemon()
  await hook.until(({ list }) => expect(list.connection.state).toBe('reconnecting'))
  await sparky.start()
  const task = await submitted
  expect(task?.status).toBe('completed')
  expect(onComplete.mock.calls).toEqual([[task]])
  await hook.until(({ list }) => expect(list).toMatchObject({ tasks: [task], connection: { state: 'live' } }))
  hook.unmount()
})
