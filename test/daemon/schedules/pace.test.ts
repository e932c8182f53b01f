import { expect, test } from 'vitest'
import { Pace } from '../../../src/daemon/schedules/pace.ts'

const work = (ms: number): void => {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

/** Whether others had their turn before ten steps were done. */
const othersHadTheirTurn = async (stepMs: number): Promise<boolean> => {
  let hadIt = false
  setImmediate(() => (hadIt = true))
  const pace = new Pace()
  for (let nth = 0; nth < 10; nth += 1) {
    await pace.step()
    work(stepMs)
  }
  return hadIt
}

test('long work of many small steps lets others have their turn', async () => {
  expect(await othersHadTheirTurn(4)).toBe(true)
})

test('short work goes through', async () => {
  const found: boolean[] = []
  // A busy machine may hold up one of them, but not each.
  for (let nth = 0; nth < 20; nth += 1) found.push(await othersHadTheirTurn(0.01))
  expect(found).toContain(false)
})
