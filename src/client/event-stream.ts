import type { StreamLine } from '../protocol/api.ts'
import { isEvent, type EventType } from '../protocol/event-names.ts'
import { SparkyError } from '../protocol/failure.ts'
import { isFinal } from '../protocol/status.ts'
import { backoffMs, pause } from './backoff.ts'
import type { ApiClient } from './api-client.ts'
import type { HttpResponse } from './transport.ts'

export interface FollowOptions {
  /** One task, by number, id or prefix; without it the events of all. */
  readonly task?: string
  /** Only events after this `seq`. */
  readonly after: number
  /** Only these types. Deltas are asked for with `deltas`. */
  readonly types?: readonly EventType[]
  readonly deltas?: boolean
  readonly signal?: AbortSignal | undefined
  /** How long a daemon that went away may take to come back; 15 s if left out. */
  readonly giveUpAfterMs?: number
}

/**
 * Events over plain HTTP, as they come: in order of `seq`, without gaps and duplicates, also over a restart of the
 * daemon. Ends when the task is over or the signal is aborted; without a task it goes on. Throws a `SparkyError`
 * where going on is pointless. Light to load, where the WebSocket feed is not.
 */
export async function* followEvents(client: ApiClient, options: FollowOptions): AsyncGenerator<StreamLine> {
  const { signal, giveUpAfterMs = 15_000 } = options
  let cursor = options.after
  let failures = 0
  let lostAtMs: number | undefined
  for (;;) {
    let lost: SparkyError | undefined
    try {
      for await (const line of readLines(await open(client, options, cursor))) {
        if (isEvent(line)) {
          if (line.seq <= cursor) continue
          cursor = line.seq
        }
        failures = 0
        lostAtMs = undefined
        yield line
      }
      if (options.task !== undefined && (await isOver(client, options.task))) return
    } catch (error) {
      if (signal?.aborted) return
      if (!(error instanceof SparkyError) || error.code !== 'daemon_unreachable') throw error
      lost = error
    }
    const nowMs = performance.now()
    lostAtMs ??= nowMs
    if (lost !== undefined && nowMs - lostAtMs >= giveUpAfterMs) throw lost
    client.forgetAddress()
    await pause(backoffMs(failures++), signal)
    if (signal?.aborted) return
  }
}

/** All events of a task, or of the store, up to now. */
export async function* readEvents(
  client: ApiClient,
  options: Pick<FollowOptions, 'task' | 'after' | 'signal'>,
): AsyncGenerator<StreamLine> {
  const { task, after, signal } = options
  const response = await (task === undefined
    ? client.open('events', { after }, { signal })
    : client.open('taskEvents', { id: task, after }, { signal }))
  yield* readLines(response)
}

const open = (client: ApiClient, options: FollowOptions, after: number): Promise<HttpResponse> => {
  const { task, types, deltas, signal } = options
  const params = { after, follow: true, ...(types && { types: [...types] }), ...(deltas && { deltas }) }
  return task === undefined
    ? client.open('events', params, { signal })
    : client.open('taskEvents', { ...params, id: task }, { signal })
}

async function* readLines(response: HttpResponse): AsyncGenerator<StreamLine> {
  for await (const line of response.lines()) yield JSON.parse(line) as StreamLine
}

/** Whether a stream that ended did so because there is nothing more to come. */
const isOver = async (client: ApiClient, task: string): Promise<boolean> => {
  try {
    return isFinal((await client.call('showTask', { id: task })).status)
  } catch (error) {
    if (error instanceof SparkyError && error.code === 'not_found') return true
    throw error
  }
}
