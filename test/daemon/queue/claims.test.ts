import { open } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { Queue } from '../../../src/daemon/queue/queue.ts'
import type { OpenFile } from '../../../src/daemon/store/embedded/open-segment.ts'
import { openQueue } from '../../support/queue.ts'
import { openStore } from '../../support/store-fixtures.ts'

it('lets a cancel through that has waited for a claim which could not be written', async () => {
  const { settings } = await openQueue()
  let hold: Promise<void> | undefined
  let isHeld = (): void => {}
  const { store } = await openStore({
    openFile: async (file, flags) => {
      const handle = await open(file, flags)
      const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<unknown>
      handle.write = (async (...args: unknown[]) => {
        if (hold === undefined) return write(...args)
        isHeld()
        await hold
        hold = undefined
        throw Object.assign(new Error('told to'), { code: 'ENOSPC' })
      }) as typeof handle.write
      return handle
    },
  })
  const queue = new Queue({ store, settings: () => settings })
  await queue.add({ prompt: 'one' })
  let release = (): void => {}
  hold = new Promise((resolve) => (release = resolve))
  const held = new Promise<void>((resolve) => (isHeld = resolve))
  const claimed = queue.claim()
  await held
  const cancelled = queue.cancel('1', { by: 'test', reason: null })
  release()
  await expect(claimed).rejects.toMatchObject({ code: 'not_durable' })
  expect(await cancelled).toMatchObject({ status: 'cancelled' })
  expect(queue.running).toEqual([])
})

it('says that a cancel has to wait for the disk, and cancels as soon as there is room', async () => {
  const { settings } = await openQueue()
  const disk = { isFull: false }
  const { store } = await openStore({ openFile: fillableDisk(disk) })
  const queue = new Queue({ store, settings: () => settings })
  await queue.add({ prompt: 'one' })
  const attempt = await queue.claim()
  attempt?.signal.addEventListener('abort', () => void attempt.settle({ kind: 'cancelled', reason: null }))
  disk.isFull = true
  await expect(queue.cancel('1', { by: 'test', reason: null })).rejects.toMatchObject({
    code: 'not_durable',
    message: expect.stringContaining('told to stop'),
    hint: expect.stringContaining('Make room'),
  })
  expect(queue.why('1').running).toBe(true)
  disk.isFull = false
  await attempt?.settled
  expect(store.resolve('1').status).toBe('cancelled')
})

const fillableDisk =
  (disk: { readonly isFull: boolean }): OpenFile =>
  async (file, flags) => {
    const handle = await open(file, flags)
    const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<unknown>
    handle.write = (async (...args: unknown[]) => {
      if (disk.isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      return write(...args)
    }) as typeof handle.write
    return handle
  }
