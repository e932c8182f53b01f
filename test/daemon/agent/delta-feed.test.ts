import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DeltaFeed } from '../../../src/daemon/agent/delta-feed.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const openFeed = () => {
  const sent: { text: string; offset: number }[] = []
  return { sent, feed: new DeltaFeed((text, offset) => sent.push({ text, offset })) }
}

describe('a feed of deltas', () => {
  test('shows the first fragment at once and gathers what follows', () => {
    const { feed, sent } = openFeed()
    for (const letter of 'Hello') feed.push(letter)
    expect(sent).toEqual([{ text: 'H', offset: 0 }])
    vi.advanceTimersByTime(40)
    expect(sent.slice(1)).toEqual([{ text: 'ello', offset: 1 }])
  })

  test('sends no more than 30 fragments a second', () => {
    const { feed, sent } = openFeed()
    for (let ms = 0; ms < 1000; ms += 1) {
      feed.push('x')
      vi.advanceTimersByTime(1)
    }
    feed.flush()
    expect(sent.length).toBeLessThanOrEqual(30)
    expect(sent.map(({ text }) => text).join('')).toBe('x'.repeat(1000))
  })

  test('hands on the rest at the end, and nothing after it', () => {
    const { feed, sent } = openFeed()
    feed.push('a')
    feed.push('b')
    feed.flush()
    feed.flush()
    vi.advanceTimersByTime(1000)
    expect(sent).toEqual([
      { text: 'a', offset: 0 },
      { text: 'b', offset: 1 },
    ])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('never splits a surrogate pair', () => {
    const { feed, sent } = openFeed()
    feed.push('a\uD83D')
    vi.advanceTimersByTime(40)
    feed.push('\uDE00b')
    vi.advanceTimersByTime(40)
    expect(sent).toEqual([
      { text: 'a', offset: 0 },
      { text: '😀b', offset: 1 },
    ])
  })

  test('does not grow without bound, and says where it goes on', () => {
    const { feed, sent } = openFeed()
    feed.push('a')
    feed.push('x'.repeat(1_000_000))
    feed.flush()
    expect(sent[1]?.text.length).toBeLessThan(100_000)
    expect((sent[1]?.offset ?? 0) + (sent[1]?.text.length ?? 0)).toBe(1_000_001)
  })
})
