import { expect, test } from 'vitest'
import { withDeadline } from '../../../src/daemon/tools/deadline.ts'

const late = new Error('late')
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted work'))))

test('throws the given error when the time is over', async () => {
  const { signal } = new AbortController()
  await expect(withDeadline({ signal, timeoutMs: 5, late }, never)).rejects.toBe(late)
})

test('throws the reason of the signal when that aborts first', async () => {
  const abort = new AbortController()
  const working = withDeadline({ signal: abort.signal, timeoutMs: 60_000, late }, never)
  const reason = new Error('cancelled')
  abort.abort(reason)
  await expect(working).rejects.toBe(reason)
  await expect(withDeadline({ signal: abort.signal, timeoutMs: 60_000, late }, never)).rejects.toBe(reason)
})

test('passes on what the work gives or throws in time', async () => {
  const { signal } = new AbortController()
  expect(await withDeadline({ signal, timeoutMs: 60_000, late }, async () => 7)).toBe(7)
  const own = new Error('own')
  await expect(withDeadline({ signal, timeoutMs: 60_000, late }, () => Promise.reject(own))).rejects.toBe(own)
})
