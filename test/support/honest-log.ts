import { expect } from 'vitest'
import type { Event, EventOf, EventType } from '../../src/protocol/event.ts'
import type { Sparky } from './sparky.ts'

export const ofType = <T extends EventType>(events: readonly Event[], type: T): EventOf<T>[] =>
  events.filter((event): event is EventOf<T> => event.type === type)

/** What the contract promises of every task that is over, whatever died: each call one result, one end, and nothing after it. */
export const expectHonest = (events: readonly Event[]): void => {
  const uses = ofType(events, 'tool_use').map(({ data }) => data.call_id)
  const results = ofType(events, 'tool_result').map(({ data }) => data.call_id)
  expect(results.toSorted()).toEqual(uses.toSorted())
  expect(new Set(uses).size).toBe(uses.length)
  const finals = ofType(events, 'status').filter(({ data }) =>
    ['completed', 'failed', 'cancelled'].includes(data.status),
  )
  expect(finals).toHaveLength(1)
  expect(events.at(-1)).toBe(finals[0])
}

/** Numbers without a gap, times that never go back. */
export const expectInOrder = (events: readonly Event[]): void => {
  expect(events.findIndex(({ seq }, position) => seq !== position + 1)).toBe(-1)
  expect(events.findIndex(({ ts }, position) => ts < (events[position - 1]?.ts ?? ''))).toBe(-1)
}

interface DaemonRequest {
  readonly method?: string
  readonly body?: string
  readonly accept?: string
}

const answerTimeoutMs = 15_000

/** A request to the daemon as any program makes it, with its token. */
export const request = (
  sparky: Sparky,
  where: string,
  { accept = 'application/json', ...init }: DaemonRequest = {},
): Promise<Response> =>
  fetch(`${sparky.daemon()?.url}${where}`, {
    ...init,
    // A daemon that was killed has given its port back: whoever has it now may never answer.
    signal: AbortSignal.timeout(answerTimeoutMs),
    headers: { authorization: `Bearer ${sparky.token()}`, 'content-type': 'application/json', accept },
  })

/** Every event of the store. */
export const everyEvent = async (sparky: Sparky): Promise<Event[]> => {
  const text = await (
    await request(sparky, '/api/v1/events?after=0', { accept: 'application/x-ndjson' })
  ).text()
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
}
