import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { onAbort } from '../../src/client/on-abort.ts'

test('however many follow a signal, it has one listener; those that left are not called', () => {
  const stop = new AbortController()
  const called: number[] = []
  const forgets = Array.from({ length: 50 }, (_, index) => onAbort(stop.signal, () => called.push(index)))
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1)
  for (const forget of forgets.slice(2)) forget()
  stop.abort()
  expect(called).toEqual([0, 1])
})

test('a signal that is aborted already calls at once, and one that is not there never', () => {
  const called: string[] = []
  onAbort(AbortSignal.abort(), () => called.push('aborted'))()
  onAbort(undefined, () => called.push('none'))()
  expect(called).toEqual(['aborted'])
})
