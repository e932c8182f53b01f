import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { hookSettings, type HookSettings } from '../../../src/config/hook-settings.ts'
import { Hooks, type HooksOptions } from '../../../src/daemon/hooks/hooks.ts'
import type { Store } from '../../../src/daemon/store/store.ts'
import type { Task } from '../../../src/protocol/task.ts'
import {
  added,
  addFinished,
  moved,
  openStore,
  removed,
  taskId,
  temporaryFolder,
} from '../../support/store-fixtures.ts'

interface Logged {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

interface TestHooks {
  readonly hooks: Hooks
  readonly logged: Logged[]
}

const soon = { timeout: 10_000, interval: 10 }

/** A place with a store, in which hooks can be started again and again. */
const openPlace = async () => {
  const { store } = await openStore()
  const folder = temporaryFolder()
  const positionFile = path.join(folder, 'hooks.json')
  let settings: HookSettings = {}
  const start = async (options: Partial<HooksOptions> = {}): Promise<TestHooks> => {
    const logged: Logged[] = []
    const at = (level: string) => (fields: object, message: string) =>
      void logged.push({ level, fields: { ...fields }, message })
    const hooks = await Hooks.start({
      store,
      positionFile,
      home: folder,
      environment: { PATH: process.env['PATH'] ?? '' },
      settings: () => settings,
      log: {
        debug: at('debug'),
        info: at('info'),
        warn: at('warn'),
        error: at('error'),
        fatal: at('fatal'),
      } as unknown as HooksOptions['log'],
      retryWaitsMs: [1, 1],
      ...options,
    })
    onTestFinished(() => hooks.close())
    return { hooks, logged }
  }
  const configure = (config: Parameters<typeof hookSettings>[0]): void => {
    settings = hookSettings(config)
  }
  const linesOf = (name: string): string[] =>
    existsSync(path.join(folder, name))
      ? readFileSync(path.join(folder, name), 'utf8').split('\n').filter(Boolean)
      : []
  const position = (): { seq: number; delivered: number[] } => JSON.parse(readFileSync(positionFile, 'utf8'))
  return { store, folder, positionFile, start, configure, linesOf, position }
}

const complete = (store: Store, nth: number, fields: Partial<Task> = {}) =>
  store.append(() => [added(nth, { cwd: '/no/such/folder', ...fields }), moved(nth, 'completed')])

const tally = 'echo "$SPARKY_TASK_NUMBER $SPARKY_TASK_STATUS" >> tally'
const delivered = async ({ hooks }: TestHooks, store: Store): Promise<void> =>
  vi.waitFor(() => expect(hooks.deliveredUpTo).toBe(store.lastSeq), soon)

describe('a hook', () => {
  it('gets the task as one line of JSON, and what it is called for in its environment', async () => {
    const place = await openPlace()
    place.configure({ completed: 'cat > task; env | grep SPARKY_ | sort > env; pwd > where' })
    const test = await place.start()
    const cwd = temporaryFolder()
    await complete(place.store, 1, { prompt: 'Zwei\nZeilen', cwd })
    await delivered(test, place.store)
    const [line, ...more] = readFileSync(path.join(cwd, 'task'), 'utf8').split('\n')
    expect(JSON.parse(line ?? '')).toEqual(place.store.task(taskId(1)))
    expect(more).toEqual([''])
    expect(readFileSync(path.join(cwd, 'where'), 'utf8').trim()).toBe(cwd)
    expect(readFileSync(path.join(cwd, 'env'), 'utf8').trim().split('\n')).toEqual([
      'SPARKY_EVENT_SEQ=2',
      `SPARKY_HOME=${place.folder}`,
      'SPARKY_HOOK=completed',
      `SPARKY_TASK_ID=${taskId(1)}`,
      'SPARKY_TASK_NUMBER=1',
      'SPARKY_TASK_STATUS=completed',
    ])
  })

  it('is called for its own status only, and in the home where the folder of the task is gone', async () => {
    const place = await openPlace()
    place.configure({ failed: tally, waiting: tally })
    const test = await place.start()
    await complete(place.store, 1)
    await place.store.append(() => [added(2), moved(2, 'cancelled')])
    await place.store.append(() => [added(3, { cwd: '/no/such/folder' }), moved(3, 'failed')])
    await delivered(test, place.store)
    expect(place.linesOf('tally')).toEqual(['3 failed'])
  })

  it('is not called for turns of conversations, nor for what a task has delegated', async () => {
    const place = await openPlace()
    place.configure({ completed: tally })
    const test = await place.start()
    await complete(place.store, 1, { kind: 'chat', notify: true })
    await complete(place.store, 2, { request_payload: { prompt: 'a part', delegation: { depth: 1 } } })
    await complete(place.store, 3)
    await delivered(test, place.store)
    expect(place.linesOf('tally')).toEqual(['3 completed'])
  })

  it('is called in the order of what happened to one task, also where the first call is slow', async () => {
    const place = await openPlace()
    place.configure({ waiting: `sleep 0.3; ${tally}`, completed: tally })
    const test = await place.start()
    await place.store.append(() => [
      added(1, { cwd: '/no/such/folder' }),
      moved(1, 'waiting'),
      moved(1, 'completed'),
      added(2, { cwd: '/no/such/folder' }),
      moved(2, 'completed'),
    ])
    await delivered(test, place.store)
    expect(place.linesOf('tally')).toEqual(['2 completed', '1 waiting', '1 completed'])
  })

  it('that fails or hangs is a warning, and keeps nobody from being called', async () => {
    const place = await openPlace()
    place.configure({
      failed: 'echo broken >&2; exit 7',
      waiting: { command: 'sleep 300', timeout_s: 0.2 },
      completed: tally,
    })
    const test = await place.start()
    await place.store.append(() => [added(1), moved(1, 'failed'), added(2), moved(2, 'waiting')])
    const before = place.store.task(taskId(1))
    await complete(place.store, 3)
    await delivered(test, place.store)
    expect(place.linesOf('tally')).toEqual(['3 completed'])
    expect(place.store.task(taskId(1))).toEqual(before)
    expect(test.logged.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        fields: { hook: 'failed', task: 1, reason: 'exit code 7: broken' },
        message: 'Command of a hook failed',
      },
      {
        level: 'warn',
        fields: {
          hook: 'waiting',
          task: 2,
          reason: 'it took longer than 0.2 s and was ended, with all its processes',
        },
        message: 'Command of a hook failed',
      },
    ])
  })

  it('is called for everything where more ends than it remembers at a time', async () => {
    const place = await openPlace()
    place.configure({ completed: 'echo "$SPARKY_TASK_NUMBER" >> "$SPARKY_HOME/tally"' })
    const test = await place.start({ limit: 6 })
    await addFinished(place.store, 1, 40)
    await addFinished(place.store, 41, 60)
    await delivered(test, place.store)
    const numbers = place.linesOf('tally').map(Number)
    expect(numbers.sort((one, other) => one - other)).toEqual(
      Array.from({ length: 60 }, (_, index) => index + 1),
    )
  })

  it('counts from its configuration on: not for what ended before', async () => {
    const place = await openPlace()
    const test = await place.start()
    await complete(place.store, 1)
    place.configure({ completed: tally })
    await complete(place.store, 2)
    await delivered(test, place.store)
    expect(place.linesOf('tally')).toEqual(['2 completed'])
  })

  it('is not called for a task that was removed meanwhile, and says so', async () => {
    const place = await openPlace()
    place.configure({ completed: tally })
    const test = await place.start()
    await place.store.append(() => [added(1), moved(1, 'completed'), removed(1)])
    await delivered(test, place.store)
    expect(place.linesOf('tally')).toEqual([])
    expect(test.logged.map(({ message }) => message)).toEqual([
      'The task of a hook was removed before it was called',
    ])
  })
})

describe('the next daemon', () => {
  it('calls what the one before had not called, and nothing again', async () => {
    const place = await openPlace()
    place.configure({ completed: tally })
    const first = await place.start()
    await complete(place.store, 1)
    await delivered(first, place.store)
    await first.hooks.close()
    await complete(place.store, 2)
    await delivered(await place.start(), place.store)
    expect(place.linesOf('tally')).toEqual(['1 completed', '2 completed'])
  })

  it('calls again what the end of the one before interrupted, and not what was done out of order', async () => {
    const place = await openPlace()
    place.configure({ completed: `[ $SPARKY_TASK_NUMBER = 2 ] || [ -e go ] || sleep 300; ${tally}` })
    const first = await place.start()
    await complete(place.store, 1)
    await complete(place.store, 2)
    await vi.waitFor(() => expect(place.position().delivered).toEqual([4]), soon)
    const since = performance.now()
    await first.hooks.close()
    expect(performance.now() - since).toBeLessThan(4500)
    expect(first.logged.filter(({ level }) => level === 'warn')).toEqual([])
    expect(place.position()).toMatchObject({ seq: 1, delivered: [4] })
    const second = await place.start()
    await second.hooks.close()
    expect(place.position()).toMatchObject({ seq: 1, delivered: [4] })
    writeFileSync(path.join(place.folder, 'go'), '')
    await delivered(await place.start(), place.store)
    expect(place.linesOf('tally')).toEqual(['2 completed', '1 completed'])
  })

  it.each([
    ['is missing', () => undefined],
    ['is damaged', () => '{"store_id"'],
    ['is of another store', () => '{"store_id": "other", "seq": 0, "delivered": []}'],
    ['is ahead of the store', (id: string) => JSON.stringify({ store_id: id, seq: 99, delivered: [] })],
  ])('begins from now on, and says so, where the file %s', async (_, contents) => {
    const place = await openPlace()
    place.configure({ completed: tally })
    await complete(place.store, 1)
    const text = contents(place.store.storeId)
    if (text !== undefined) writeFileSync(place.positionFile, text)
    const test = await place.start()
    await complete(place.store, 2)
    await delivered(test, place.store)
    expect(place.linesOf('tally')).toEqual(['2 completed'])
    expect(test.logged[0]).toMatchObject({ level: 'warn', message: expect.stringContaining('from now on') })
  })

  it('is missed by no hook of this one: where the position cannot be written, that is said once', async () => {
    const place = await openPlace()
    place.configure({ completed: tally })
    const gone = path.join(place.folder, 'gone')
    const test = await place.start({ positionFile: path.join(gone, 'hooks.json') })
    await complete(place.store, 1)
    await complete(place.store, 2)
    await delivered(test, place.store)
    expect(place.linesOf('tally')).toEqual(['1 completed', '2 completed'])
    expect(test.logged.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        fields: { reason: expect.stringContaining('ENOENT') },
        message: 'How far the hooks have come could not be written down',
      },
    ])
    mkdirSync(gone)
    await test.hooks.close()
    expect(JSON.parse(readFileSync(path.join(gone, 'hooks.json'), 'utf8'))).toMatchObject({ seq: 4 })
  })

  it('finds a position also where the one before was killed at its first task', async () => {
    const place = await openPlace()
    const test = await place.start()
    expect(place.position()).toMatchObject({ seq: 0, delivered: [] })
    expect(test.logged).toEqual([])
  })
})

describe('a notification', () => {
  const withNotifySend = (script: string): Record<string, string> => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'notify-send'), `#!/bin/sh\n${script}\n`)
    chmodSync(path.join(folder, 'notify-send'), 0o755)
    return { PATH: `${folder}:${process.env['PATH']}` }
  }

  it.skipIf(process.platform !== 'linux')(
    'is shown for the task that asks for it, without a hook',
    async () => {
      const place = await openPlace()
      const environment = withNotifySend(`printf '%s\\n' "$@" >> shown`)
      const test = await place.start({ environment })
      await complete(place.store, 1)
      await complete(place.store, 2, { notify: true, prompt: '--version' })
      await delivered(test, place.store)
      expect(place.linesOf('shown')).toEqual(['--app-name=Sparky', '--', 'Task 2 completed', '--version'])
      expect(test.logged.filter(({ level }) => level === 'warn')).toEqual([])
    },
  )

  it('that nothing can show is a warning once', async () => {
    const place = await openPlace()
    const test = await place.start({ environment: { PATH: place.folder } })
    await complete(place.store, 1, { notify: true })
    await complete(place.store, 2, { notify: true })
    await delivered(test, place.store)
    expect(test.logged.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        fields: { program: expect.any(String) },
        message: 'No program for desktop notifications was found',
      },
    ])
  })
})
