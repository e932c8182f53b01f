import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { seal } from '../../src/daemon/store/embedded/sealed-json.ts'
import type { Event } from '../../src/protocol/event.ts'
import { expectHonest, ofType } from '../support/honest-log.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

interface Check {
  readonly name: string
  readonly status: string
  readonly message: string
  readonly hint: string | null
  readonly file?: string
  readonly kept?: string | null
  readonly lost?: readonly (readonly [number, number])[]
}

const logOf = ({ home }: Sparky): string => path.join(home, 'store', 'events-000000000001.jsonl')

/** Changes one bit of the line that holds this event. */
const damage = (sparky: Sparky, seq: number): void => {
  const bytes = readFileSync(logOf(sparky))
  const at = bytes.indexOf(`"seq":${seq},`) + 60
  bytes[at] = (bytes[at] as number) ^ 1
  writeFileSync(logOf(sparky), bytes)
}

const tallyOf = (sparky: Sparky): string => {
  const file = path.join(sparky.work, 'tally')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const allEvents = async (sparky: Sparky): Promise<Event[]> => {
  const { url } = sparky.daemon() ?? { url: '' }
  const answer = await fetch(`${url}/api/v1/events?after=0`, {
    headers: { authorization: `Bearer ${sparky.token()}` },
  })
  return ((await answer.json()) as { events: Event[] }).events
}

test('a damaged store stops the start, and doctor --repair is the way out', { timeout: 90_000 }, async () => {
  const sparky = newSparky()
  for (const prompt of ['one', 'two', 'three', 'four']) await sparky.add(prompt)
  const before = await allEvents(sparky)
  expect((await sparky.run(['doctor', '--repair'])).stderr).toContain('sparky agent stop')
  expect((await sparky.run(['doctor', '--repair'])).exitCode).toBe(5)
  await sparky.run(['agent', 'stop'])

  damage(sparky, 2)
  const damagedBytes = readFileSync(logOf(sparky))
  const refused = await sparky.run(['agent', 'start', '--json'])
  expect(refused.exitCode).not.toBe(0)
  expect(JSON.parse(refused.stderr)).toMatchObject({
    error: { code: 'store_damaged', hint: expect.stringContaining('sparky doctor --repair') },
  })
  expect(readFileSync(logOf(sparky)).equals(damagedBytes)).toBe(true)
  const checked = await sparky.run(['doctor', '--json'])
  expect(checked.exitCode).toBe(1)
  expect((JSON.parse(checked.stdout) as Check[]).find(({ name }) => name === 'store')).toMatchObject({
    status: 'fail',
    message: expect.stringContaining(logOf(sparky)),
  })

  const repaired = await sparky.run(['doctor', '--repair', '--json'])
  const checks = JSON.parse(repaired.stdout) as Check[]
  const kept = checks[0]?.kept ?? ''
  expect(checks[0]).toMatchObject({ name: 'repair', status: 'warn', file: logOf(sparky), lost: [[2, 2]] })
  expect(checks.filter(({ status }) => status === 'fail')).toEqual([])
  expect(readFileSync(kept).equals(damagedBytes)).toBe(true)
  expect(path.dirname(path.dirname(kept))).toBe(path.join(sparky.home, 'store'))

  // It runs again, with every task: the second came back from the snapshot.
  expect(sparky.daemon()).toBeDefined()
  const tasks = await sparky.json<{ prompt: string; number: number }[]>(['agent', 'tasks', 'list'])
  expect(tasks.map(({ prompt, number }) => [number, prompt])).toEqual([
    [4, 'four'],
    [3, 'three'],
    [2, 'two'],
    [1, 'one'],
  ])
  const after = await allEvents(sparky)
  expect(after.map(({ seq }) => seq)).toEqual(after.map((_, position) => position + 1))
  expect(after[1]).toMatchObject({ seq: 2, type: 'lost', task_id: null })
  expect([after[0], after[2], after[3]]).toEqual([before[0], before[2], before[3]])
  await sparky.run(['agent', 'stop'])

  const again = await sparky.run(['doctor', '--repair'])
  expect(again.stdout).toContain('nothing is damaged')
  expect(sparky.daemon()).toBeUndefined()
  expect(
    readdirSync(path.join(sparky.home, 'store')).filter((name) => name.startsWith('damaged-')),
  ).toHaveLength(1)
})

/** The first runs to its end; the second goes on until it is let go. */
const twoCommands = [
  'Run the command: echo one >> tally',
  'Run the command: echo two >> tally; while [ ! -e go ]; do sleep 0.02; done',
].join('\n')

test(
  'a call whose result is lost is not run again: its outcome is unknown',
  { timeout: 90_000 },
  async () => {
    const sparky = newSparky()
    const { number } = await sparky.add(twoCommands)
    const resultsOf = async () => ofType(await sparky.events(number), 'tool_result')
    await vi.waitFor(() => expect(tallyOf(sparky)).toBe('one\ntwo\n'), { timeout: 20_000, interval: 20 })
    process.kill(sparky.daemon()?.pid ?? 0, 'SIGKILL')
    const lines = readFileSync(logOf(sparky), 'utf8').split('\n')
    const result = JSON.parse(lines.find((line) => line.includes('"type":"tool_result"')) ?? '') as Event
    damage(sparky, result.seq)
    writeFileSync(path.join(sparky.work, 'go'), '')

    expect((await sparky.run(['doctor', '--repair'])).exitCode).toBe(0)
    await sparky.run(['agent', 'tasks', 'wait', String(number)])
    expect(tallyOf(sparky)).toBe('one\ntwo\n')
    const events = await sparky.events(number)
    expectHonest(events)
    expect((await resultsOf()).map(({ data }) => data.status)).toEqual(['interrupted', 'interrupted'])
    expect((await allEvents(sparky))[result.seq - 1]).toMatchObject({ type: 'lost' })
  },
)

test('a store that a newer Sparky wrote is refused by every command that would touch it', async () => {
  const sparky = newSparky()
  await sparky.add('one')
  await sparky.run(['agent', 'stop'])
  const [header = '', ...lines] = readFileSync(logOf(sparky), 'utf8').split('\n')
  const { crc, ...fields } = JSON.parse(header) as { crc: string; format: number }
  expect(crc).toMatch(/^[\da-f]{8}$/)
  const newer = seal(JSON.stringify({ ...fields, format: fields.format + 1 }))
  writeFileSync(logOf(sparky), [newer, ...lines].join('\n'))
  const before = filesBelow(path.join(sparky.home, 'store'))
  for (const command of [
    ['agent', 'start'],
    ['agent', 'tasks', 'add', 'two'],
    ['doctor', '--repair'],
  ]) {
    const refused = await sparky.run([...command, '--json'])
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(JSON.parse(refused.stderr)).toMatchObject({
      error: {
        code: 'daemon_version',
        message: expect.stringContaining('written by a newer Sparky: expected store format 1, found 2'),
        hint: expect.stringContaining('Update Sparky'),
      },
    })
  }
  const checks = JSON.parse((await sparky.run(['doctor', '--json'])).stdout) as Check[]
  expect(checks.find(({ name }) => name === 'store')).toMatchObject({ status: 'fail' })
  expect(filesBelow(path.join(sparky.home, 'store'))).toEqual(before)
})

const filesBelow = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [file, readFileSync(file, 'latin1')]),
  )
