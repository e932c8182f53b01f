import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StallWatch } from '../../../src/daemon/agent/stall-watch.ts'

const watching = (timeoutMs = 1000) => {
  const onStall = vi.fn()
  const watch = new StallWatch({ timeoutMs: () => timeoutMs, onStall })
  watch.start()
  return { watch, onStall }
}

describe('a watch over silence', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells once, soon after the time is up', () => {
    const { onStall } = watching()
    vi.advanceTimersByTime(1000)
    expect(onStall).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    expect(onStall).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(100_000)
    expect(onStall).toHaveBeenCalledTimes(1)
  })

  it('begins anew with every sign of life', () => {
    const { watch, onStall } = watching()
    for (let nth = 0; nth < 20; nth += 1) {
      vi.advanceTimersByTime(900)
      watch.heard()
    }
    expect(onStall).not.toHaveBeenCalled()
  })

  it('does not count a wait that is known', async () => {
    const { watch, onStall } = watching()
    vi.advanceTimersByTime(900)
    let go = (): void => {}
    const paused = watch.paused(() => new Promise<void>((resolve) => (go = resolve)))
    vi.advanceTimersByTime(60_000)
    expect(onStall).not.toHaveBeenCalled()
    go()
    await paused
    vi.advanceTimersByTime(200)
    expect(onStall).toHaveBeenCalledTimes(1)
  })

  it('does not take a process that stood still for an hour for one that heard nothing', () => {
    const { watch, onStall } = watching()
    vi.advanceTimersByTime(1000)
    // The clock goes on without timers; the one that is due fires late, before anything is read.
    vi.setSystemTime(Date.now() + 3_600_000)
    vi.advanceTimersByTime(100)
    expect(onStall).not.toHaveBeenCalled()
    // Now what was sent meanwhile is read.
    watch.heard()
    vi.advanceTimersByTime(900)
    expect(onStall).not.toHaveBeenCalled()
  })

  it('ends with its attempt', () => {
    const { watch, onStall } = watching()
    watch.end()
    vi.advanceTimersByTime(100_000)
    expect(onStall).not.toHaveBeenCalled()
  })
})
