import { expect, test, vi } from 'vitest'
import { Observable } from '../../src/react/observable.ts'

test('listeners are told at once, and not of what changes nothing', () => {
  const observable = new Observable({ count: 0 })
  const listener = vi.fn()
  const unsubscribe = observable.subscribe(listener)
  observable.patch({ count: 1 })
  observable.set(observable.get())
  observable.patch({ count: 1 })
  expect(listener).toHaveBeenCalledTimes(1)
  unsubscribe()
  observable.patch({ count: 2 })
  expect(listener).toHaveBeenCalledTimes(1)
  expect(observable.get()).toEqual({ count: 2 })
})

test('a stream of changes is told at its own pace, its last one always', async () => {
  const observable = new Observable(0, 20)
  const seen: number[] = []
  const unsubscribe = observable.subscribe(() => seen.push(observable.get()))
  for (let count = 1; count <= 1000; count += 1) observable.set(count)
  expect(seen).toEqual([1])
  await vi.waitFor(() => expect(seen).toEqual([1, 1000]), { timeout: 10_000 })
  unsubscribe()
})

test('nothing is told after the last listener has left', async () => {
  const observable = new Observable(0, 5)
  const listener = vi.fn()
  const unsubscribe = observable.subscribe(listener)
  observable.set(1)
  observable.set(2)
  unsubscribe()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(listener).toHaveBeenCalledTimes(1)
})
