import { expect, test, vi } from 'vitest'
import type { Event } from '../../src/protocol/event.ts'
import type { Task } from '../../src/protocol/task.ts'
import { request } from '../support/honest-log.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 15_000, interval: 50 }
const tasks = ['agent', 'tasks'] as const

const numbersOf = async (sparky: Sparky): Promise<number[]> => {
  const listed = await (await request(sparky, '/api/v1/tasks?limit=500')).json()
  return (listed as { readonly tasks: readonly Task[] }).tasks.map(({ number }) => number)
}

const everyEvent = async (sparky: Sparky): Promise<Event[]> => {
  const response = await fetch(`${sparky.daemon()?.url}/api/v1/events?after=0`, {
    headers: { authorization: `Bearer ${sparky.token()}`, accept: 'application/x-ndjson' },
  })
  return (await response.text())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event)
}

const expectNumbers = (sparky: Sparky, numbers: readonly number[]): Promise<void> =>
  vi.waitFor(async () => expect(await numbersOf(sparky)).toEqual(numbers), soon)

test('finished tasks beyond the newest so many are removed, every seq stays, and no number comes twice', async () => {
  const sparky = newSparky()
  sparky.configure({ 'retention.tasks': 2 })
  await sparky.json(['agent', 'pause'])
  for (let count = 0; count < 5; count += 1) await sparky.add('What time is it?')
  await sparky.json(['agent', 'resume'])
  await expectNumbers(sparky, [5, 4])
  await vi.waitFor(() => expect(sparky.log()).toMatch(/Removed \d tasks? past retention/), soon)
  expect(await sparky.run([...tasks, 'show', '1'])).toMatchObject({ exitCode: 4 })
  const events = await everyEvent(sparky)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  expect(events.filter(({ type }) => type === 'removed').length).toBeGreaterThan(10)

  await sparky.json(['config', 'set', 'retention.tasks', '0'])
  await expectNumbers(sparky, [])
  await sparky.json(['agent', 'stop'])
  await sparky.start()
  expect(await sparky.add('What time is it?')).toMatchObject({ number: 6 })
  await expectNumbers(sparky, [])
  await sparky.killDaemon()
  await sparky.json(['config', 'unset', 'retention.tasks'])
  expect(await sparky.add('What time is it?')).toMatchObject({ number: 7 })
  await sparky.run([...tasks, 'wait', '7'])
  expect(await numbersOf(sparky)).toEqual([7])
})

test('finished tasks are removed when they come of age, at the next start if none runs at that time', async () => {
  const sparky = newSparky()
  sparky.configure({ 'retention.days': 3 / 86_400 })
  const { finished_at: finishedAt } = await sparky.json<Task>(['run', 'What time is it?'])
  await sparky.add('What time is it?', ['--at', '1h'])
  expect(await numbersOf(sparky)).toEqual([2, 1])
  await expectNumbers(sparky, [2])
  expect(Date.now() - Date.parse(finishedAt ?? '')).toBeGreaterThanOrEqual(3000)
  await sparky.json(['run', 'What time is it?'])
  await sparky.json(['agent', 'stop'])
  await sparky.start()
  await expectNumbers(sparky, [2])
})

test('a task whose hook still runs is kept until that has ended', async () => {
  const sparky = newSparky()
  await sparky.json(['config', 'set', 'retention.tasks', '0'])
  await sparky.json([
    'config',
    'set',
    'hooks.completed',
    'while [ ! -e go ]; do sleep 0.05; done; cat > told',
  ])
  await sparky.json(['run', 'What time is it?'])
  await sparky.run(['run', 'Compose a sonnet'])
  await vi.waitFor(() => expect(sparky.log()).toContain('"status":"failed"'), soon)
  expect(await numbersOf(sparky)).toContain(1)
  await sparky.run(['run', 'Run the command: touch go'])
  await expectNumbers(sparky, [])
  expect(sparky.log()).not.toContain('removed before')
})
