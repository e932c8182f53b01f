import { expect, test } from 'vitest'
import { Pace } from '../../../src/daemon/schedules/pace.ts'

const work = (ms: number): void => {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

test('long work of many small steps lets others have their turn, and short work goes through', async () => {
  for (const [stepMs, isLong] of [
    [4, true],
    [0.01, false],
  ] as const) {
    let hadItsTurn = false
    setImmediate(() => (hadItsTurn = true))
    const pace = new Pace()
    for (let nth = 0; nth < 10; nth += 1) {
      await pace.step()
      work(stepMs)
    }
    expect(hadItsTurn).toBe(isLong)
  }
})
