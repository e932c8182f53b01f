import { closeSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { StoredEvent } from '../../../protocol/event.ts'
import type { EventQuery } from '../store.ts'
import { damaged } from './damage.ts'
import type { EventLog } from './event-log.ts'
import { unseal } from './sealed-json.ts'
import type { Segment } from './segment.ts'
import { taskKey, type SegmentIndex } from './segment-index.ts'
import { readRange } from './segment-scan.ts'

type BoundedQuery = EventQuery & { readonly upTo: number }

/** The ids of the tasks that a query is about; undefined where it is about all. */
export const wantedTasks = ({ taskId, taskIds }: EventQuery): ReadonlySet<string> | undefined =>
  taskId === undefined ? taskIds : new Set([taskId])

/** An event as a reader is to see it. */
export type ShownAs = (event: StoredEvent) => StoredEvent

/**
 * Events in order of `seq`, in chunks of at most `chunkBytes` of the log (or one event). What the query asks for is
 * compared with the event as it is shown. Readers take turns: however many read at once, the event loop is theirs for a
 * few milliseconds at a time.
 */
export async function* readEvents(
  log: EventLog,
  query: BoundedQuery,
  shownAs: ShownAs = asStored,
): AsyncGenerator<readonly StoredEvent[]> {
  const wanted = wantedTasks(query)
  // The first piece of one task's events is nearly always all of them, and an attempt waits for it.
  let isShort = wanted?.size === 1
  for (let next = query.after + 1; next <= query.upTo;) {
    const segment = log.segmentOf(next)
    const file = wanted?.size === 1 ? openFileSync(segment.path) : await openFile(segment.path)
    try {
      // A file that was rewritten while it was opened may not be the one that the index is of.
      if (log.segmentOf(next) !== segment) continue
      const index = log.indexOf(segment)
      next = index.lastSeq + 1
      for (const span of spansOf(index, query)) {
        const read = async (): Promise<StoredEvent[]> =>
          decode(segment, span, await file.read(span.start, span.end))
        const stored = isShort ? await read() : await log.readers.take(read)
        isShort = false
        const events = stored.map(shownAs).filter((event) => matches(event, query))
        if (events.length > 0) yield events
      }
    } finally {
      await file.close()
    }
  }
}

/** The same at once and as stored, for the few events of one task. */
export const readEventsSync = (log: EventLog, query: BoundedQuery): StoredEvent[] => {
  const events: StoredEvent[] = []
  for (let next = query.after + 1; next <= query.upTo;) {
    const segment = log.segmentOf(next)
    const index = log.indexOf(segment)
    const fd = openSync(segment.path, 'r')
    try {
      for (const span of spansOf(index, query))
        events.push(...decode(segment, span, readRange(fd, span.start, span.end)))
    } finally {
      closeSync(fd)
    }
    next = index.lastSeq + 1
  }
  return events.filter((event) => matches(event, query))
}

interface OpenSegment {
  /** The bytes from `start` to `end`; fewer where the file is shorter. */
  read(start: number, end: number): Buffer | Promise<Buffer>
  close(): void | Promise<void>
}

const openFile = async (path: string): Promise<OpenSegment> => {
  const handle = await open(path, 'r')
  return {
    read: async (start, end) => {
      const bytes = Buffer.allocUnsafe(end - start)
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
      return bytes.subarray(0, bytesRead)
    },
    close: () => handle.close(),
  }
}

/** For the few events of one task, which every attempt begins with: to hand these over to other threads costs more. */
const openFileSync = (path: string): OpenSegment => {
  const fd = openSync(path, 'r')
  return { read: (start, end) => readRange(fd, start, end), close: () => closeSync(fd) }
}

const asStored: ShownAs = (event) => event

/** A piece of a segment that is read at once, and where in it the wanted lines are. */
interface Span {
  readonly start: number
  end: number
  /** Offsets in the segment: begin and end of each line, in turn. */
  readonly lines: number[]
}

const chunkBytes = 256 * 1024

function* spansOf(index: SegmentIndex, query: BoundedQuery): Generator<Span> {
  const wanted = wantedTasks(query)
  const keys = wanted === undefined ? undefined : new Set([...wanted].map(taskKey))
  const first = Math.max(0, query.after + 1 - index.baseSeq)
  const last = Math.min(index.count, query.upTo + 1 - index.baseSeq)
  let span: Span | undefined
  for (let position = first; position < last; position += 1) {
    if (keys !== undefined && !keys.has(index.key(position))) continue
    const [start, end] = [index.offset(position), index.offset(position + 1)]
    if (span !== undefined && end - span.start > chunkBytes) {
      yield span
      span = undefined
    }
    span ??= { start, end, lines: [] }
    span.end = end
    span.lines.push(start, end)
  }
  if (span !== undefined) yield span
}

const decode = (segment: Segment, span: Span, bytes: Buffer): StoredEvent[] => {
  const events: StoredEvent[] = []
  for (let line = 0; line < span.lines.length; line += 2) {
    const [start, end] = [span.lines[line] as number, span.lines[line + 1] as number]
    // Without the line end.
    const event = unseal(bytes, start - span.start, Math.min(end - 1 - span.start, bytes.length))
    if (event === undefined) throw damaged(segment.path, start, 'expected an event with its checksum')
    events.push(event as StoredEvent)
  }
  return events
}

const matches = (event: StoredEvent, { taskId, taskIds, types }: EventQuery): boolean =>
  (taskId === undefined || event.task_id === taskId) &&
  (taskIds === undefined || (event.task_id !== null && taskIds.has(event.task_id))) &&
  (types === undefined || types.has(event.type))
