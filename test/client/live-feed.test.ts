import { writeFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Feed, FeedItem, FeedOptions } from '../../src/client/feed.ts'
import { openFeed } from '../../src/client/live-feed.ts'
import type { FakeDaemon } from '../support/fake-daemon.ts'
import { startFakeDaemon, tempHome } from '../support/temp-home.ts'

const id = '01980000-0000-7000-8000-000000000001'
const think = (daemon: FakeDaemon, text = 'hm'): unknown =>
  daemon.append({ task_id: id, type: 'thought', data: { text } })
const open = (daemon: FakeDaemon, options: FeedOptions = {}): Feed => {
  const feed = openFeed({ ...options, env: { SPARKY_HOME: daemon.home } })
  onTestFinished(() => feed.close())
  return feed
}
/** Items as short words, until `until` holds. */
const collect = async (feed: Feed, until: (item: FeedItem, all: string[]) => unknown): Promise<string[]> => {
  const all: string[] = []
  for await (const item of feed) {
    if (item.kind === 'event') all.push(`${item.event.seq}`)
    else if (item.kind === 'connection') all.push(item.connection.state)
    else all.push(item.kind)
    if (await until(item, all)) return all
  }
  return [...all, 'end']
}

/** Resolves when a number has not changed for many turns of the event loop. */
const untilStable = async (read: () => number): Promise<void> => {
  let last = read()
  for (let turns = 0; turns < 2000; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    if (read() !== last) turns = 0
    last = read()
  }
}

describe('a feed', () => {
  test('replays what was, says that it is live, and goes on', async () => {
    const daemon = await startFakeDaemon()
    think(daemon)
    think(daemon)
    const feed = open(daemon, { after: 0 })
    const all = await collect(feed, (item) => {
      if (item.kind === 'connection' && item.connection.state === 'live') think(daemon)
      return item.kind === 'event' && item.event.seq === 3
    })
    expect(all).toEqual(['connecting', 'replaying', '1', '2', 'caught_up', 'live', '3'])
    expect(feed.cursor).toBe(3)
  })

  test('begins now where nothing else is asked for', async () => {
    const daemon = await startFakeDaemon()
    think(daemon)
    const all = await collect(open(daemon), (item) => {
      if (item.kind === 'caught_up') think(daemon)
      return item.kind === 'event'
    })
    expect(all.filter((word) => /\d/.test(word))).toEqual(['2'])
  })

  test('reconnects from its cursor, without a gap or a duplicate', async () => {
    const daemon = await startFakeDaemon()
    think(daemon)
    const all = await collect(open(daemon, { after: 0 }), (item) => {
      if (item.kind !== 'event') return false
      if (item.event.seq % 4 === 0) daemon.cutConnections()
      if (item.event.seq < 12) think(daemon)
      return item.event.seq === 12
    })
    expect(all.filter((word) => /\d/.test(word)).map(Number)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    )
    expect(all).toContain('reconnecting')
  })

  test('survives a restart on another port', async () => {
    const first = await startFakeDaemon()
    think(first)
    const all = await collect(open(first, { after: 0 }), async (item) => {
      if (item.kind === 'event' && item.event.seq === 1) {
        await first.stop()
        const second = await startFakeDaemon({ home: first.home })
        second.log.push(...first.log)
        think(second)
      }
      return item.kind === 'event' && item.event.seq === 2
    })
    expect(all.filter((word) => /\d/.test(word))).toEqual(['1', '2'])
  })

  test('passes deltas on', async () => {
    const daemon = await startFakeDaemon()
    const all = await collect(open(daemon, { deltas: true }), (item) => {
      if (item.kind === 'caught_up') {
        daemon.send({
          task_id: id,
          attempt: 1,
          step: 1,
          type: 'message_delta',
          data: { text: 'H', offset: 0 },
        })
      }
      return item.kind === 'delta'
    })
    expect(all.at(-1)).toBe('delta')
  })

  test('leaves with the daemon what nobody pulls, and gives all of it in the end', async () => {
    const daemon = await startFakeDaemon()
    const count = 20_000
    for (let seq = 1; seq <= count; seq += 1) think(daemon, 'x'.repeat(1000))
    const feed = open(daemon, { after: 0 })
    let next = 0
    for await (const item of feed) {
      if (item.kind !== 'event') continue
      expect(item.event.seq).toBe(++next)
      // Nothing is pulled until the daemon cannot send any more.
      if (next === 1) {
        await untilStable(() => daemon.unsentBytes)
        expect(daemon.unsentBytes).toBeGreaterThan(4 * 1024 * 1024)
      }
      if (next === count) break
    }
    expect(next).toBe(count)
  })

  test('passes over frames of a kind that it does not know', async () => {
    const daemon = await startFakeDaemon()
    const all = await collect(open(daemon), (item) => {
      if (item.kind !== 'caught_up') return item.kind === 'event'
      daemon.say({ type: 'news', id: 1, message: 'of a later version' })
      return void think(daemon)
    })
    expect(all).toEqual(['connecting', 'replaying', 'caught_up', 'live', '1'])
  })

  test('is iterated once: a second loop is told so, and the first goes on', async () => {
    const daemon = await startFakeDaemon()
    const feed = open(daemon)
    const all = await collect(feed, async (item) => {
      if (item.kind === 'caught_up') {
        await expect(collect(feed, () => false)).rejects.toMatchObject({ code: 'usage' })
        think(daemon)
      }
      return item.kind === 'event'
    })
    expect(all.at(-1)).toBe('1')
    expect(await collect(feed, () => false)).toEqual(['end'])
  })

  test('ends when it is closed', async () => {
    const daemon = await startFakeDaemon()
    const feed = open(daemon)
    const all = await collect(feed, (item) => {
      if (item.kind === 'caught_up') feed.close()
      return false
    })
    expect(all.at(-1)).toBe('end')
  })

  test.each([
    ['no daemon runs', 'daemon_unreachable', async () => openFeed({ env: { SPARKY_HOME: tempHome() } })],
    [
      'the token is wrong',
      'unauthorized',
      async () => {
        const daemon = await startFakeDaemon()
        writeFileSync(`${daemon.home}/token`, 'wrong')
        return open(daemon)
      },
    ],
  ])('fails where %s', async (_, code, make) => {
    await expect(collect(await make(), () => false)).rejects.toMatchObject({ code })
  })

  test('fails where an older copy of the store is behind the address after a reconnect', async () => {
    const daemon = await startFakeDaemon()
    think(daemon)
    think(daemon)
    const collecting = collect(open(daemon, { after: 0 }), (item) => {
      if (item.kind === 'caught_up') {
        daemon.log.pop()
        daemon.cutConnections()
      }
      return false
    })
    await expect(collecting).rejects.toMatchObject({
      code: 'conflict',
      message: 'the store behind this address ends with event 1, though there was an event 2',
    })
  })

  test('fails where another store is behind the address after a reconnect', async () => {
    const daemon = await startFakeDaemon()
    const collecting = collect(open(daemon), (item) => {
      if (item.kind === 'caught_up') {
        daemon.storeId = 'store-2'
        daemon.cutConnections()
      }
      return false
    })
    await expect(collecting).rejects.toMatchObject({ code: 'conflict' })
  })
})
