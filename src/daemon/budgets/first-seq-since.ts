import type { Store } from '../store/store.ts'

/** The first event, up to `upTo`, that is not older than a moment; `upTo` + 1 where all are. Reads a few events. */
export const firstSeqSince = async (
  store: Pick<Store, 'events'>,
  ms: number,
  upTo: number,
): Promise<number> => {
  let [low, high] = [1, upTo + 1]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const ts = await timeOf(store, middle)
    // What cannot be dated is taken for new: it is better to read too much.
    if (ts < ms) low = middle + 1
    else high = middle
  }
  return low
}

const timeOf = async (store: Pick<Store, 'events'>, seq: number): Promise<number> => {
  for await (const [event] of store.events({ after: seq - 1, upTo: seq })) {
    if (event !== undefined) return Date.parse(event.ts)
  }
  return Number.NaN
}
