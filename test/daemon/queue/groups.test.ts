import { describe, expect, it } from 'vitest'
import { Queue } from '../../../src/daemon/queue/queue.ts'
import type { GroupRow } from '../../../src/protocol/api.ts'
import { openQueue, type TestQueue } from '../../support/queue.ts'

const named = ({ queue }: TestQueue, name: string): GroupRow | undefined =>
  queue.groups().find((group) => group.name === name)

const codes = ({ queue }: TestQueue, ref: string): string[] => queue.why(ref).reasons.map(({ code }) => code)

describe('groups', () => {
  it('are those that are configured, paused or have tasks, and the default one', async () => {
    const test = await openQueue({ groupConcurrency: { web: 3 } })
    await test.add('one', { group: 'docs' })
    await test.queue.setGroupPaused('night', true)
    expect(test.queue.groups().map(({ name, concurrency, paused }) => [name, concurrency, paused])).toEqual([
      ['default', null, false],
      ['docs', null, false],
      ['night', null, true],
      ['web', 3, false],
    ])
    expect(named(test, 'docs')?.tasks).toMatchObject({ pending: 1, completed: 0 })
    expect(named(test, 'web')?.tasks).toMatchObject({ pending: 0 })
  })

  it('count finished tasks too, until they are removed', async () => {
    const test = await openQueue()
    await test.add('one', { group: 'docs' })
    await (await test.queue.claim())?.settle({ kind: 'completed', answer: 'x', data: null })
    expect(named(test, 'docs')?.tasks).toMatchObject({ pending: 0, completed: 1 })
    await test.queue.remove('1')
    expect(named(test, 'docs')).toBeUndefined()
  })

  it('run no more at a time than they may, whatever their names', async () => {
    for (const group of ['docs', 'constructor', '__proto__', '..', 'a b', 'x'.repeat(200)]) {
      const test = await openQueue({ concurrency: 9, groupConcurrency: Object.fromEntries([[group, 1]]) })
      for (const prompt of ['one', 'two']) await test.add(prompt, { group })
      await test.add('three')
      const claimed = [await test.queue.claim(), await test.queue.claim(), await test.queue.claim()]
      expect(claimed.map((attempt) => attempt?.task.number)).toEqual([1, 3, undefined])
      expect(codes(test, '2')).toEqual(['group'])
    }
  })

  it('without a limit have none, also where they are named like what every object has', async () => {
    const test = await openQueue({ concurrency: 9 })
    for (const group of ['constructor', '__proto__', 'toString']) {
      await test.add(group, { group })
      expect((await test.queue.claim())?.task.group).toBe(group)
    }
  })
})

describe('a paused group', () => {
  it('starts none of its tasks until it goes on, lasts over a restart and leaves the others alone', async () => {
    const test = await openQueue()
    for (const name of ['__proto__', 'docs', 'a "b"\nc']) {
      expect(await test.queue.setGroupPaused(name, true)).toMatchObject({ name, paused: true })
    }
    await test.add('one', { group: 'docs' })
    await test.add('two', { group: '__proto__' })
    await test.add('three')
    const restarted = new Queue({ store: test.store, settings: () => test.settings })
    expect((await restarted.claim())?.task.number).toBe(3)
    expect(await restarted.claim()).toBeUndefined()
    expect(codes(test, '1')).toEqual(['group_paused'])
    expect(await restarted.setGroupPaused('docs', false)).toMatchObject({ paused: false })
    expect((await restarted.claim())?.task.number).toBe(1)
    expect(codes(test, '2')).toContain('group_paused')
  })

  it('is paused once: the same again writes nothing', async () => {
    const test = await openQueue()
    await test.queue.setGroupPaused('docs', true)
    await test.queue.setGroupPaused('docs', true)
    expect(test.store.lastSeq).toBe(1)
  })

  it('cannot go on where there is no such group', async () => {
    const test = await openQueue()
    await expect(test.queue.setGroupPaused('nope', false)).rejects.toMatchObject({ code: 'not_found' })
    expect(await test.queue.setGroupPaused('default', false)).toMatchObject({ paused: false })
  })
})
