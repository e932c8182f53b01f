import { expect, test, vi } from 'vitest'
import type { Event } from '../../src/protocol/event.ts'
import type { Task } from '../../src/protocol/task.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const started = async (): Promise<Sparky> => {
  const sparky = newSparky()
  await sparky.start()
  return sparky
}

interface Watching {
  readonly lines: readonly string[]
  readonly events: readonly Event[]
  readonly stderr: () => string
  until(check: () => void): Promise<void>
  /** Sends a signal and resolves with how it ended. */
  end(signal: NodeJS.Signals): Promise<{ exitCode: number | undefined; stderr: string }>
}

/** `sparky watch` with its output in a pipe. */
const watch = (sparky: Sparky, ...args: string[]): Watching => {
  const child = sparky.spawn(['watch', ...args])
  let text = ''
  let noted = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (noted += chunk))
  const lines = (): string[] => text.split('\n').slice(0, -1)
  return {
    get lines() {
      return lines()
    },
    get events() {
      return lines().map((line) => JSON.parse(line) as Event)
    },
    stderr: () => noted,
    until: (check) => vi.waitFor(check, { timeout: 10_000, interval: 10 }),
    end: async (signal) => {
      child.kill(signal)
      const { exitCode } = await child
      return { exitCode, stderr: noted }
    },
  }
}

test('in a pipe it prints a plain line for each event, from now on, and ends quietly with 130', async () => {
  const sparky = await started()
  await sparky.json(['run', 'List files'])
  const watching = watch(sparky)
  await sparky.run(['agent', 'status'])
  const sessions = async (): Promise<number> =>
    (await sparky.json<{ sessions: number }>(['agent', 'status'])).sessions
  await vi.waitFor(async () => expect(await sessions()).toBe(1), { timeout: 5_000 })
  await sparky.json(['run', "Run the command: printf 'one\\033[31m\\ntwo\\n'"])
  await watching.until(() => expect(watching.lines.at(-1)).toContain('Task completed'))
  expect(watching.lines.every((line) => /^\d\d:\d\d:\d\d {2}2 {2}\S/.test(line))).toBe(true)
  expect(watching.lines.join('\n')).not.toContain('\u001B')
  const kinds = watching.lines.map((line) => line.slice(13).split(' ')[0])
  expect(kinds).toEqual(expect.arrayContaining(['added', 'status', 'tool', 'result', 'message', 'usage']))
  expect(watching.lines.find((line) => line.includes('result '))).toMatch(/run_command ok \S+ \S+ +one/)
  expect(await watching.end('SIGINT')).toEqual({ exitCode: 130, stderr: '' })
})

test('--json prints the events themselves, from the first on and over a kill -9 of the daemon, each once', async () => {
  const sparky = await started()
  await sparky.json(['run', 'List files'])
  const watching = watch(sparky, '--json', '--since', '0')
  await watching.until(() => expect(watching.lines.length).toBeGreaterThan(5))
  await sparky.add('Run the command: sleep 30')
  await watching.until(() => expect(watching.events.at(-1)).toMatchObject({ type: 'tool_use' }))
  process.kill(sparky.daemon()?.pid ?? 0, 'SIGKILL')
  await sparky.start()
  await sparky.json(['run', 'List files'])
  await sparky.run(['agent', 'tasks', 'wait', '2', '3'])
  const tasks = await sparky.json<Task[]>(['agent', 'tasks', 'list', '--all'])
  const last = Math.max(...tasks.map(({ last_seq }) => last_seq))
  await watching.until(() => expect(watching.events.at(-1)?.seq).toBe(last))
  expect(watching.events.map(({ seq }) => seq)).toEqual(Array.from({ length: last }, (_, n) => n + 1))
  expect(await watching.end('SIGINT')).toEqual({ exitCode: 130, stderr: '' })
})

test('named tasks are shown from their first event, and their end is its end', async () => {
  const sparky = await started()
  const failed = await sparky.run(['run', 'Compose a sonnet'])
  expect(failed.exitCode).toBe(9)
  await sparky.json(['run', 'List files'])
  const both = await sparky.run(['watch', '2', '1', '--json'])
  expect(both).toMatchObject({ exitCode: 0, stderr: '' })
  const events = both.stdout.split('\n').map((line) => JSON.parse(line) as Event)
  expect(events).toEqual([...(await sparky.events(1)), ...(await sparky.events(2))])
  const some = await sparky.run(['watch', '1', '2', '--only', 'tool_use,status', '--json'])
  expect(new Set(some.stdout.split('\n').map((line) => (JSON.parse(line) as Event).type))).toEqual(
    new Set(['tool_use', 'status']),
  )
  const errors = await sparky.run(['watch', '1', '2', '--errors', '--plain'])
  expect(errors.stdout.split('\n').every((line) => /^\S+ {2}1 {2}/.test(line))).toBe(true)
  expect(errors.stdout.match(/does not understand/g)).toHaveLength(1)
  expect(errors.stdout).toContain('(model_not_configured)')
  expect(await sparky.run(['watch', '9'])).toMatchObject({ exitCode: 4, stdout: '' })
  const future = await sparky.run(['watch', '--since', '99999'])
  expect(future).toMatchObject({ exitCode: 2, stdout: '' })
  expect(future.stderr).toContain('99999')
})

test('a lost daemon is said on stderr, and what was missed comes when it is back', async () => {
  const sparky = await started()
  const watching = watch(sparky, '--plain', '--since', '0')
  await sparky.json(['run', 'List files'])
  await watching.until(() => expect(watching.lines.at(-1)).toContain('Task completed'))
  await sparky.json(['agent', 'stop'])
  await watching.until(() => expect(watching.stderr()).toMatch(/Connection lost/))
  await sparky.start()
  await sparky.json(['run', 'What time is it?'])
  await watching.until(() =>
    expect(watching.lines.filter((line) => line.includes('Task completed'))).toHaveLength(2),
  )
  const { last_seq } = await sparky.task(2)
  expect(watching.lines).toHaveLength(last_seq)
  expect(await watching.end('SIGINT')).toMatchObject({ exitCode: 130 })
})

test('a task that was there before has its number also after a kill -9, with the daemon on another port', async () => {
  const sparky = await started()
  const sleeper = await sparky.add('Run the command: sleep 30')
  const watching = watch(sparky, '--plain', '--only', 'status')
  await vi.waitFor(
    async () => {
      const { sessions } = await sparky.json<{ sessions: number }>(['agent', 'status'])
      expect(sessions).toBe(1)
    },
    { timeout: 5_000 },
  )
  process.kill(sparky.daemon()?.pid ?? 0, 'SIGKILL')
  await sparky.start()
  await watching.until(() => expect(watching.lines.join('\n')).toContain('The daemon ended while this ran'))
  expect(watching.lines.map((line) => line.split(/ +/)[1])).toContain(String(sleeper.number))
  expect(await watching.end('SIGINT')).toMatchObject({ exitCode: 130 })
})

test('--replay prints one task again: as lines at its pace, with --json at once; anything but one task is bad usage', async () => {
  const sparky = await started()
  await sparky.json(['run', "Run the command: sleep 1.2; printf '\\033[2J世界\\n'"])
  const startedMs = performance.now()
  const plain = await sparky.run(['watch', '1', '--replay', '--plain'])
  expect(performance.now() - startedMs).toBeGreaterThan(1_100)
  expect(plain).toMatchObject({ exitCode: 0, stderr: '' })
  const events = await sparky.events(1)
  const lines = plain.stdout.split('\n')
  expect(lines).toHaveLength(events.length)
  expect(lines.join('\n')).toContain('␛[2J世界')
  const json = await sparky.run(['watch', '1', '--replay', '--json', '--hide', 'usage'])
  expect(json.stdout.split('\n').map((line) => JSON.parse(line) as Event)).toEqual(
    events.filter(({ type }) => type !== 'usage'),
  )
  for (const args of [
    ['--replay'],
    ['1', '1', '--replay'],
    ['1', '--speed', '2'],
    ['1', '--replay', '--speed', '0'],
  ]) {
    expect(await sparky.run(['watch', ...args])).toMatchObject({ exitCode: 2, stdout: '' })
  }
  expect(await sparky.run(['watch', '9', '--replay'])).toMatchObject({ exitCode: 4, stdout: '' })
})
