import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunningAttempt } from '../../../src/daemon/queue/running-attempt.ts'
import { openQueue, statusesOf, type TestQueue } from '../../support/queue.ts'
import { tempHome } from '../../support/temp-home.ts'

const claim = async ({ queue }: TestQueue): Promise<RunningAttempt> => {
  const attempt = await queue.claim()
  if (attempt === undefined) throw new Error('expected a task to claim, found none')
  return attempt
}

const complete = (attempt: RunningAttempt, answer = 'yes'): Promise<void> =>
  attempt.settle({ kind: 'completed', answer, data: null })

const fail = (attempt: RunningAttempt): Promise<void> =>
  attempt.settle({ kind: 'failed', error: { code: 'internal', message: 'no', retryable: false } })

const statusOf = ({ store }: TestQueue, ref: string): string => store.resolve(ref).status

describe('a task that waits for either outcome', () => {
  it('may start when the other has failed or was cancelled', async () => {
    const test = await openQueue()
    await test.add('one')
    await test.add('two')
    const third = await test.add('three', { after_any: ['1', 2] })
    expect(third.depends_on).toHaveLength(2)
    expect(third.depends_on_any).toEqual(third.depends_on)
    await fail(await claim(test))
    expect(statusOf(test, '3')).toBe('blocked')
    await test.queue.cancel('2', { by: 'test', reason: null })
    expect(statusOf(test, '3')).toBe('pending')
  })

  it('may start at once where the other has ended already', async () => {
    const test = await openQueue()
    await test.add('one')
    await fail(await claim(test))
    expect((await test.add('two', { after_any: ['1'] })).status).toBe('pending')
    expect((await test.add('three', { after: ['1'] })).error?.code).toBe('dependency_failed')
  })

  it('has to see it complete where it is named both ways', async () => {
    const test = await openQueue()
    const first = await test.add('one')
    const second = await test.add('two', { after: ['1'], after_any: ['1'] })
    expect(second).toMatchObject({ depends_on: [first.id], depends_on_any: [] })
    await fail(await claim(test))
    expect(statusOf(test, '2')).toBe('failed')
  })

  it('starts after what failed only because of a third', async () => {
    const test = await openQueue()
    await test.add('one')
    await test.add('two', { after: ['1'] })
    await test.add('three', { after_any: ['1', '2'] })
    await fail(await claim(test))
    expect(['2', '3'].map((ref) => statusOf(test, ref))).toEqual(['failed', 'pending'])
  })
})

describe('a retry', () => {
  it('blocks again what waits for it and has not started', async () => {
    const test = await openQueue()
    await test.add('one')
    const second = await test.add('two', { after: ['1'] })
    await complete(await claim(test))
    await test.queue.retry('1')
    expect(await statusesOf(test.store, second)).toEqual(['blocked', 'pending', 'blocked'])
    await complete(await claim(test))
    expect(statusOf(test, '2')).toBe('pending')
  })

  it('that fails leaves alone what has started', async () => {
    const test = await openQueue()
    await test.add('one')
    await test.add('two', { after: ['1'] })
    await complete(await claim(test))
    const second = await claim(test)
    await test.queue.retry('1')
    await fail(await claim(test))
    expect(statusOf(test, '2')).toBe('in_progress')
    await complete(second)
    expect(statusOf(test, '2')).toBe('completed')
  })

  it('of what waits for a task that failed is refused, and names it', async () => {
    const test = await openQueue()
    await test.add('one')
    await test.add('two', { after: ['1'] })
    await fail(await claim(test))
    await expect(test.queue.retry('2')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('task 1'),
    })
    await test.queue.retry('1')
    expect((await test.queue.retry('2')).status).toBe('blocked')
  })
})

it('an id of a removed task that others waited for cannot be used again: they could never start', async () => {
  const test = await openQueue()
  const first = await test.add('one')
  await test.add('two', { after: ['1'] })
  await complete(await claim(test))
  await test.queue.remove('1')
  await expect(test.add('again', { id: first.id, after: ['2'] })).rejects.toMatchObject({ code: 'conflict' })
  await complete(await claim(test))
  expect((await test.add('again', { id: first.id })).number).toBe(3)
})

describe('an edit of dependencies', () => {
  it('replaces those of the kind that it names, and removes them with an empty list', async () => {
    const test = await openQueue()
    const [one, two] = [await test.add('one'), await test.add('two')]
    await test.add('three', { after: ['1'], after_any: ['2'] })
    const edit = (body: object) => test.queue.edit('3', { id: '3', ...body })
    expect(await edit({ after: ['2'] })).toMatchObject({ depends_on: [two.id], depends_on_any: [] })
    expect(await edit({ after_any: ['1'] })).toMatchObject({
      depends_on: [two.id, one.id],
      depends_on_any: [one.id],
    })
    expect(await edit({ after: [] })).toMatchObject({ depends_on: [one.id], status: 'blocked' })
    expect(await edit({ after_any: [] })).toMatchObject({
      depends_on: [],
      depends_on_any: [],
      status: 'pending',
    })
  })

  it('refuses cycles over any number of tasks and of either kind, naming both ends', async () => {
    const test = await openQueue()
    await test.add('one')
    await test.add('two', { after_any: ['1'] })
    await test.add('three', { after: ['2'] })
    const refused = { code: 'conflict', message: expect.stringMatching(/task 1 .*task 3/) }
    await expect(test.queue.edit('1', { id: '1', after: ['3'] })).rejects.toMatchObject(refused)
    await expect(test.queue.edit('1', { id: '1', after_any: ['3'] })).rejects.toMatchObject(refused)
    await expect(test.queue.edit('1', { id: '1', after: ['1'] })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('itself'),
    })
  })

  it('refuses to wait for the success of what has failed', async () => {
    const test = await openQueue()
    await test.add('one')
    await fail(await claim(test))
    await test.add('two')
    await expect(test.queue.edit('2', { id: '2', after: ['1'] })).rejects.toMatchObject({ code: 'conflict' })
    expect(await test.queue.edit('2', { id: '2', after_any: ['1'] })).toMatchObject({ status: 'pending' })
  })
})

describe('the lock of a directory', () => {
  it('is the same over every way to it, and moves with an edit', async () => {
    const test = await openQueue()
    const home = realpathSync(tempHome())
    const [real, link, other] = ['real', 'link', 'other'].map((name) => path.join(home, name)) as [
      string,
      string,
      string,
    ]
    mkdirSync(real)
    mkdirSync(other)
    symlinkSync(real, link)
    expect((await test.add('one', { cwd: real, locks: ['cwd', 'x'] })).locks).toEqual([`cwd:${real}`, 'x'])
    expect((await test.add('two', { cwd: `${link}/`, lock: 'cwd' })).locks).toEqual([`cwd:${real}`])
    await claim(test)
    expect(await test.queue.claim()).toBeUndefined()
    expect(test.queue.why('2').reasons).toEqual([
      { code: 'lock', message: `lock "cwd:${real}" is held by task 1` },
    ])
    expect((await test.queue.edit('2', { id: '2', cwd: other })).locks).toEqual([`cwd:${other}`])
    expect((await claim(test)).task.number).toBe(2)
    await test.add('three', { cwd: link })
    expect((await test.queue.edit('3', { id: '3', locks: ['cwd'] })).locks).toEqual([`cwd:${real}`])
  })
})
