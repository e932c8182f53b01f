import { open } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { Queue } from '../../../src/daemon/queue/queue.ts'
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
