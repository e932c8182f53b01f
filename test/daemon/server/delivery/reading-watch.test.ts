import { expect, test } from 'vitest'
import { ReadingWatch } from '../../../../src/daemon/server/delivery/reading-watch.ts'

const watched = () => {
  const socket = { bytesWritten: 0, writableLength: 0 }
  const watch = new ReadingWatch(socket)
  return {
    watch,
    /** So much was written in all, of which so much waits for the system. */
    now: (bytesWritten: number, writableLength: number): void =>
      void Object.assign(socket, { bytesWritten, writableLength }),
  }
}

test('what goes into the buffers of the system says nothing about a peer, dead or alive', () => {
  const { watch, now } = watched()
  for (const written of [100, 5000, 1_000_000]) {
    now(written, 0)
    expect(watch.hasRead()).toBe(false)
  }
})

test('where these are full, a peer reads that makes room in them, however much is written behind', () => {
  const { watch, now } = watched()
  now(5_000_000, 1_000_000)
  expect(watch.hasRead()).toBe(false)
  now(5_200_000, 1_100_000)
  expect(watch.hasRead()).toBe(true)
  now(5_200_000, 0)
  expect(watch.hasRead()).toBe(true)
  now(5_300_000, 0)
  expect(watch.hasRead()).toBe(false)
})

test('a peer that has stopped is seen by nothing moving', () => {
  const { watch, now } = watched()
  now(5_000_000, 1_000_000)
  watch.hasRead()
  now(5_100_000, 1_100_000)
  expect(watch.hasRead()).toBe(false)
})
