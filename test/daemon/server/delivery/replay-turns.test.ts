import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ReplayTurns } from '../../../../src/daemon/server/delivery/replay-turns.ts'

/** Pieces that take a while to be read, and how many are being read at the moment, and were at most. */
const log = () => {
  const counts = { reading: 0, most: 0, read: 0, ended: 0 }
  const pieces = async function* (count: number) {
    try {
      for (let piece = 1; piece <= count; piece += 1) {
        counts.reading += 1
        counts.most = Math.max(counts.most, counts.reading)
        await turn()
        counts.reading -= 1
        counts.read += 1
        yield piece
      }
    } finally {
      counts.ended += 1
    }
  }
  return { counts, pieces }
}

const all = async (pieces: AsyncIterable<number>): Promise<number[]> => {
  const read: number[] = []
  for await (const piece of pieces) read.push(piece)
  return read
}

const never = (): boolean => false

test('however many are replayed, two pieces are read at a time, and each gets its own in order', async () => {
  const { counts, pieces } = log()
  const turns = new ReplayTurns()
  const readers = Array.from({ length: 30 }, () => all(turns.of(pieces(5), never)))
  for (const read of await Promise.all(readers)) expect(read).toEqual([1, 2, 3, 4, 5])
  expect(counts).toEqual({ reading: 0, most: 2, read: 150, ended: 30 })
})

test('readers that take no more hold up nobody', async () => {
  const { pieces } = log()
  const turns = new ReplayTurns()
  const stopped = Array.from({ length: 5 }, () => turns.of(pieces(5), never))
  for (const reader of stopped) expect(await reader.next()).toEqual({ done: false, value: 1 })
  expect(await all(turns.of(pieces(3), never))).toEqual([1, 2, 3])
  for (const reader of stopped) await reader.return(undefined)
})

test('a replay that is over when its turn comes reads nothing, and one that fails gives its turn away', async () => {
  const { counts, pieces } = log()
  const turns = new ReplayTurns()
  expect(await all(turns.of(pieces(5), () => true))).toEqual([])
  expect(counts.read).toBe(0)
  const failing = async function* (): AsyncGenerator<number> {
    yield* []
    await turn()
    throw new Error('the disk is gone')
  }
  for (let count = 0; count < 5; count += 1) {
    await expect(all(turns.of(failing(), never))).rejects.toThrow('the disk is gone')
  }
  expect(await all(turns.of(pieces(2), never))).toEqual([1, 2])
})
