import { expect, onTestFinished, test, vi } from 'vitest'
import { SnapshotSchedule } from '../../../../src/daemon/store/embedded/snapshot-schedule.ts'

test('what comes while a snapshot is written is in the next one, although nothing more comes', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const finish: (() => void)[] = []
  const write = () => new Promise<void>((resolve) => finish.push(resolve))
  const schedule = new SnapshotSchedule({ events: 10, idleMs: 5, write })
  schedule.add(10)
  expect(finish).toHaveLength(1)
  schedule.add(10)
  schedule.add(1)
  await vi.advanceTimersByTimeAsync(20)
  expect(finish).toHaveLength(1)
  finish[0]?.()
  await vi.advanceTimersByTimeAsync(20)
  expect(finish).toHaveLength(2)
  finish[1]?.()
  await schedule.finish()
  expect(finish).toHaveLength(2)
})
