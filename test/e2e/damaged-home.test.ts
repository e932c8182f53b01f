import { readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { isAlive } from '../../src/client/process-alive.ts'
import { mayMount, remountReadOnly, smallDisk } from '../support/small-disk.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 5000, interval: 20 }

const running = async (): Promise<{ sparky: Sparky; file: (name: string) => string; pid: number }> => {
  const sparky = newSparky()
  const { pid } = await sparky.json<{ pid: number }>(['agent', 'start'])
  return { sparky, file: (name) => path.join(sparky.home, name), pid }
}

test.each([
  ['daemon.json', 'removed', (file: string) => rmSync(file)],
  ['daemon.json', 'cut', (file: string) => writeFileSync(file, '{"pid": 1')],
  [
    'daemon.json',
    'of a process of somebody else',
    (file: string) => writeFileSync(file, '{"pid": 1, "url": "http://127.0.0.1:9"}'),
  ],
  ['token', 'removed', (file: string) => rmSync(file)],
  ['token', 'emptied', (file: string) => writeFileSync(file, '')],
  ['token', 'damaged', (file: string) => writeFileSync(file, '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0')],
] as const)('a %s that is %s is put back, so that its daemon can be reached', async (name, _, damage) => {
  const { sparky, file, pid } = await running()
  const whole = readFileSync(file(name), 'utf8')
  damage(file(name))
  await vi.waitFor(() => expect(readFileSync(file(name), 'utf8')).toBe(whole), soon)
  expect(statSync(file(name)).mode & 0o777).toBe(0o600)
  expect(await sparky.json(['agent', 'status'])).toMatchObject({ running: true, pid })
  expect(sparky.log()).toMatch(/lost or damaged/)
  expect(await sparky.run(['agent', 'stop'])).toMatchObject({ exitCode: 0 })
})

test('what a person has written there is left: another token is refused, and says so', async () => {
  const { sparky, file, pid } = await running()
  const own = sparky.token()
  writeFileSync(file('token'), 'another-one\n')
  expect(await sparky.run(['agent', 'status'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('token'),
  })
  expect(sparky.token()).toBe('another-one')
  const env = { SPARKY_TOKEN: own }
  expect(await sparky.json(['agent', 'status'], { env })).toMatchObject({ pid })
  expect(await sparky.run(['agent', 'stop'], { env })).toMatchObject({ exitCode: 0 })
})

test('a second daemon is refused also where it comes by another name of the home', async () => {
  const { sparky, pid } = await running()
  const links = ['one', 'two'].map((name) => path.join(sparky.work, name))
  for (const link of links) symlinkSync(sparky.home, link)
  for (const home of [...links, `${sparky.home}/../${path.basename(sparky.home)}/`]) {
    const env = { SPARKY_HOME: home }
    expect(await sparky.json(['agent', 'start'], { env })).toMatchObject({ pid })
    expect(await sparky.run(['agent', 'start', '--foreground'], { env })).toMatchObject({ exitCode: 5 })
    expect(await sparky.run(['run', 'List files'], { env })).toMatchObject({ exitCode: 0 })
  }
})

test('a home that is removed ends its daemon at once, and what it ran', async () => {
  const { sparky, pid } = await running()
  await sparky.add('Run the command: echo $$ > pid; while :; do sleep 0.05; done')
  const command = await vi.waitFor(() => {
    const written = Number(readFileSync(path.join(sparky.work, 'pid'), 'utf8'))
    expect(written).toBeGreaterThan(1)
    return written
  }, soon)
  rmSync(sparky.home, { recursive: true })
  await vi.waitFor(() => expect([pid, command].filter(isAlive)).toEqual([]), soon)
  expect(await sparky.run(['run', 'List files'])).toMatchObject({ exitCode: 0 })
  expect(await sparky.json(['agent', 'tasks', 'list'])).toHaveLength(1)
})

test.skipIf(!mayMount())(
  'a home that is read-only is said at the start (where a test may mount one)',
  async () => {
    const disk = smallDisk(4)
    const sparky = newSparky({}, { home: path.join(disk.folder, 'home') })
    await sparky.json(['run', 'List files'])
    await sparky.run(['agent', 'stop'])
    remountReadOnly(disk, true)
    for (const args of [
      ['agent', 'start', '--foreground'],
      ['agent', 'start'],
      ['agent', 'tasks', 'add', 'List files'],
    ]) {
      const { exitCode, stderr } = await sparky.run([...args, '--json'])
      expect(exitCode).toBeGreaterThan(0)
      expect(JSON.parse(stderr)).toMatchObject({ error: { message: expect.stringContaining('EROFS') } })
    }
    remountReadOnly(disk, false)
    expect(await sparky.json(['agent', 'tasks', 'wait', '1'])).toHaveLength(1)
  },
)
