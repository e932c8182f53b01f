import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { FeedItem } from '../../../src/client/feed.ts'
import { FrameStore } from '../../../src/tui/state/frame-store.ts'
import { startState } from '../../../src/tui/state/watch-state.ts'

const caughtUp = (seq: number): FeedItem => ({ kind: 'caught_up', seq })
const newStore = (): FrameStore =>
  new FrameStore(
    startState({ nowMs: 0, since: 0, filter: { only: null, hide: new Set(), preset: 'everything' } }),
  )

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('tells its listeners at most thirty times a second, whatever arrives', () => {
  const store = newStore()
  let frames = 0
  store.subscribe(() => frames++)
  for (let ms = 0; ms < 1000; ms++) {
    for (let item = 0; item < 5; item++) void store.collect(caughtUp(ms * 5 + item))
    vi.advanceTimersByTime(1)
  }
  expect(frames).toBeGreaterThan(25)
  expect(frames).toBeLessThanOrEqual(30)
  expect(store.getState().seq).toBeGreaterThan(4_500)
})

it('takes an action at once, so that the next key meets what the one before left', () => {
  const store = newStore()
  store.dispatch({ type: 'verb', verb: 'add' })
  expect(store.getState().mode.kind).toBe('add')
})

it('makes a feed wait that runs ahead, until the next frame', async () => {
  const store = newStore()
  let isWaiting = true
  for (let seq = 1; seq < 2_000; seq++) await store.collect(caughtUp(seq))
  const last = store.collect(caughtUp(2_000)).then(() => (isWaiting = false))
  await Promise.resolve()
  expect(isWaiting).toBe(true)
  vi.advanceTimersByTime(40)
  await last
  expect(store.getState().seq).toBe(2_000)
})

it('tells nothing after it was closed', () => {
  const store = newStore()
  let frames = 0
  store.subscribe(() => frames++)
  store.dispatch({ type: 'tick', nowMs: 1 })
  store.close()
  vi.advanceTimersByTime(1_000)
  expect(frames).toBe(0)
})
