import { readdirSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import type { Store } from '../../../../src/daemon/store/store.ts'
import { added, openStore, removed, taskId } from '../../../support/store-fixtures.ts'

let store: Store
let directory: string

beforeEach(async () => {
  ;({ store, directory } = await openStore())
  await store.append(() => [added(1), added(2)])
})

const kept = () => readdirSync(path.join(directory, 'results'), { recursive: true })

test('a result is given back as it was, also after a restart and when it is kept again', async () => {
  await store.keepResult(taskId(1), 'call', 'first')
  await store.keepResult(taskId(1), 'call', 'line\nGrüße ✓\n')
  expect(await store.result(taskId(1), 'call')).toEqual({ text: 'line\nGrüße ✓\n', bytes: 17 })
  await store.close()
  const again = await openStore({ directory })
  expect(await again.store.result(taskId(1), 'call')).toEqual({ text: 'line\nGrüße ✓\n', bytes: 17 })
})

test('there is none where none was kept', async () => {
  await store.keepResult(taskId(1), 'call', 'text')
  expect(await store.result(taskId(1), 'other')).toBeUndefined()
  expect(await store.result(taskId(2), 'call')).toBeUndefined()
})

test.each(['../../../../escape', '/etc/passwd', '..', '', 'long '.repeat(100), 'nul\0', 'CALL', 'con'])(
  'a call id %j is a name and not a path',
  async (callId) => {
    await store.keepResult(taskId(1), 'call', 'another')
    await store.keepResult(taskId(1), callId, 'text')
    expect(await store.result(taskId(1), callId)).toEqual({ text: 'text', bytes: 4 })
    expect(await store.result(taskId(1), 'call')).toEqual({ text: 'another', bytes: 7 })
    expect(kept().filter((name) => !String(name).startsWith(taskId(1)))).toEqual([])
  },
)

test('a task id that is no id is a name and not a path either', async () => {
  await store.keepResult('../../outside', 'call', 'text')
  expect(await store.result('../../outside', 'call')).toEqual({ text: 'text', bytes: 4 })
  expect(readdirSync(directory)).not.toContain('outside')
  expect(kept()).toHaveLength(2)
})

test('more than 10 MiB is cut between two characters, and its size is known', async () => {
  await store.keepResult(taskId(1), 'call', `x${'✓'.repeat(4_000_000)}`)
  const result = await store.result(taskId(1), 'call')
  expect(result?.bytes).toBe(12_000_001)
  expect(Buffer.byteLength(result?.text ?? '')).toBe(10 * 1024 * 1024)
  expect(result?.text.endsWith('✓')).toBe(true)
})

test('the results of a removed task are removed, also by the next start where a crash came between', async () => {
  await store.keepResult(taskId(1), 'call', 'text')
  await store.keepResult(taskId(2), 'call', 'text')
  await store.append(() => [removed(1)])
  await expect.poll(() => readdirSync(path.join(directory, 'results'))).toEqual([taskId(2)])
  // What a crash right after the removal of task 1 would have left.
  await store.keepResult(taskId(1), 'call', 'text')
  const again = await openStore({ directory })
  expect(readdirSync(path.join(directory, 'results'))).toEqual([taskId(2)])
  await again.store.close()
})
