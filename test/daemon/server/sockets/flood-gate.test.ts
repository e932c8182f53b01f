import { expect, test } from 'vitest'
import { FloodGate } from '../../../../src/daemon/server/sockets/flood-gate.ts'
import { RateMeter } from '../../../../src/daemon/server/delivery/rate-meter.ts'
import { TokenBucket } from '../../../../src/daemon/server/sockets/token-bucket.ts'

test('a bucket lets a burst through, then so many a second, and never more than it holds', () => {
  let nowMs = 0
  const bucket = new TokenBucket({ capacity: 3, refillPerSecond: 2, nowMs: () => nowMs })
  const takes = (count: number): boolean[] => Array.from({ length: count }, () => bucket.take())
  expect(takes(4)).toEqual([true, true, true, false])
  nowMs += 1000
  expect(takes(3)).toEqual([true, true, false])
  nowMs += 60_000
  expect(takes(4)).toEqual([true, true, true, false])
})

test('a gate refuses what is too much, and closes on who goes on', () => {
  let nowMs = 0
  const gate = new FloodGate(() => nowMs)
  const verdicts = Array.from({ length: 701 }, () => gate.judge())
  expect(verdicts.filter((verdict) => verdict === 'take')).toHaveLength(500)
  expect(verdicts.filter((verdict) => verdict === 'refuse')).toHaveLength(200)
  expect(verdicts.at(-1)).toBe('close')
})

test('a gate forgives who slows down', () => {
  let nowMs = 0
  const gate = new FloodGate(() => nowMs)
  for (let count = 0; count < 700; count += 1) gate.judge()
  for (let count = 0; count < 300; count += 1) {
    nowMs += 10
    expect(gate.judge()).toBe('take')
  }
  const verdicts = Array.from({ length: 150 }, () => gate.judge())
  expect(verdicts).not.toContain('close')
})

test('a meter tells the total, and the rate of the last ten seconds', () => {
  let nowMs = 0
  const meter = new RateMeter(() => nowMs)
  meter.add(30)
  nowMs = 9500
  meter.add(20)
  expect([meter.total, meter.rate]).toEqual([50, 5])
  nowMs = 10_500
  expect([meter.total, meter.rate]).toEqual([50, 2])
  nowMs = 60_000
  meter.add(1)
  expect([meter.total, meter.rate]).toEqual([51, 0.1])
})

test('a large frame counts as many small ones do', () => {
  const gate = new FloodGate(() => 0)
  const verdicts = Array.from({ length: 8 }, () => gate.judge(1024 * 1024))
  expect(verdicts).toEqual([...Array.from({ length: 7 }, () => 'take'), 'refuse'])
  expect(gate.judge(100)).toBe('take')
})
