import { expect, test, vi } from 'vitest'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Task } from '../../src/protocol/task.ts'
import { everyEvent, expectHonest, expectInOrder, ofType } from '../support/honest-log.ts'
import type { ScriptedReply } from '../support/model-server.ts'
import { homeWith, type ProviderHome } from '../support/provider-home.ts'

const soon = { timeout: 15_000, interval: 30 }
const ask = (message: string): ScriptedReply => ({
  calls: [{ name: 'delegate', args: { agent: 'liaison/insights', message, with_history: true } }],
})

/** A guide that asks the liaison for insights, who runs a command and then thinks for as long as the test wants. */
const openHome = async (command: string, thinks: () => Promise<void>): Promise<ProviderHome> =>
  homeWith('openai', async ({ text }) => {
    const done = text.match(/"role":"tool"/g)?.length ?? 0
    if (text.includes('You are the liaison for insights')) {
      if (done === 0) return { calls: [{ name: 'run_command', args: { command } }] }
      await thinks()
      return { text: 'Visits are up by 12 %.' }
    }
    expect(text).toContain('You are the guide')
    return done === 0 ? ask('How do the visits do?') : { text: 'The liaison says: up by 12 %.' }
  })

const showTask = ({ sparky }: ProviderHome, number: number): Promise<Task> => sparky.task(number)

test('a daemon that is killed in the middle of what was delegated takes the same task up again, and the caller gets its answer', async () => {
  let isThinking = false
  let think = (): void => {}
  const thought = new Promise<void>((resolve) => (think = resolve))
  const home = await openHome('echo once >> tally', async () => {
    isThinking = true
    await thought
  })
  const { sparky, server } = home
  await sparky.add('How is the site doing?', ['--agent', 'guide'])
  await vi.waitFor(() => expect(isThinking).toBe(true), soon)
  expect(await showTask(home, 2)).toMatchObject({ status: 'in_progress', agent: 'liaison' })

  await sparky.killDaemon()
  think()
  await sparky.start()
  expect(await sparky.run(['agent', 'tasks', 'wait', '1'])).toMatchObject({ exitCode: 0 })

  const tasks = await sparky.json<Task[]>(['agent', 'tasks', 'list', '--all'])
  expect(tasks.map(({ number, status }) => [number, status])).toEqual([
    [2, 'completed'],
    [1, 'completed'],
  ])
  const [child, parent] = tasks
  expect(child).toMatchObject({ parent_id: parent?.id, request_payload: { pillar: 'insights' } })
  expect(parent?.response_payload?.answer).toBe('The liaison says: up by 12 %.')
  expect(sparky.linesOf('tally')).toEqual(['once'])
  const asked = server.requests.filter(({ text }) => text.includes('You are the liaison for insights'))
  expect(asked.every(({ text }) => text.includes('User: How is the site doing?'))).toBe(true)
  // The second call of the liaison's model was cut off, and is the only one that was made again.
  expect(asked).toHaveLength(3)

  expect((await sparky.run(['agent', 'tasks', 'list'])).stdout).toMatch(
    /└ 1: How do the visits do\? +liaison\/insights/,
  )
  expect((await sparky.run(['agent', 'tasks', 'show', '2'])).stdout).toMatch(
    /part of +1\n *agent +liaison\/insights/,
  )
  const lines = (await sparky.run(['watch', '--plain', '2'])).stdout
  expect(lines).toMatch(/ {2}2 {2}added +How do the visits do\?/)

  const events = await everyEvent(sparky)
  expectInOrder(events)
  for (const task of tasks) expectHonest(events.filter(({ task_id }) => task_id === task.id))
  expect(ofType(events, 'tool_result').map(({ data }) => [data.name, data.status])).toEqual([
    ['run_command', 'ok'],
    ['delegate', 'ok'],
  ])
})

test('a cancel of the caller ends the command that what it delegated runs', async () => {
  const home = await openHome('echo $$ > pid; sleep 300', () => Promise.resolve())
  const { sparky } = home
  await sparky.add('How is the site doing?', ['--agent', 'guide'])
  await vi.waitFor(() => expect(sparky.linesOf('pid')).toHaveLength(1), soon)
  const pid = Number(sparky.linesOf('pid')[0])
  expect(isAlive(pid)).toBe(true)
  expect(await sparky.run(['agent', 'tasks', 'cancel', '1'])).toMatchObject({ exitCode: 0 })
  expect(isAlive(pid)).toBe(false)
  for (const number of [1, 2]) {
    expect(await showTask(home, number)).toMatchObject({ status: 'cancelled' })
    expectHonest(await sparky.events(number))
  }
})
