import type { Event, EventOf } from '../../protocol/event.ts'
import { append, dropOldestBlock, emptyChunked, itemAt, replaceAt, type Chunked } from './chunked.ts'
import { weightOf, type Entry, type NodeEntry } from './entry.ts'
import { entryOf, nodeTexts, outcomeOf } from './entry-of-event.ts'

/**
 * What is known of the selected task's history. It starts `loading`: pages of history are appended as they come,
 * and what the live feed brings during a request is held back. The last page holds everything that was on disk
 * when it was asked for, so it and what was held since are the whole, in the order of `seq`, each event once.
 * Bounded: the oldest entries are dropped when there are too many.
 */
export interface Transcript {
  readonly taskId: string
  readonly loading: boolean
  readonly held: Chunked<Event>
  /** The newest event that is in it, or was looked at and has nothing to show. */
  readonly lastSeq: number
  readonly entries: Chunked<Entry>
  readonly weight: number
  /** Index of each call that has no result yet. */
  readonly openCalls: ReadonlyMap<string, number>
  /** Index of each node of a workflow that has not ended. */
  readonly openNodes: ReadonlyMap<string, number>
  /** Names of the tools of which there are calls. */
  readonly calledTools: ReadonlySet<string>
}

const maxEntries = 120_000
const maxWeight = 48_000_000

/** A transcript that will show only what happened after `since`. */
export const emptyTranscript = (taskId: string, since = 0): Transcript => ({
  taskId,
  loading: true,
  held: emptyChunked,
  lastSeq: since,
  entries: emptyChunked,
  weight: 0,
  openCalls: new Map(),
  openNodes: new Map(),
  calledTools: new Set(),
})

/** A page is being asked for: it will hold all that was held back so far. */
export const pageRequested = (transcript: Transcript): Transcript => ({ ...transcript, held: emptyChunked })

export const appendPage = (transcript: Transcript, events: readonly Event[], isLast: boolean): Transcript => {
  const withPage = events.reduce(appendEvent, transcript)
  if (!isLast) return withPage
  const held = transcript.held.blocks.flat()
  return held.reduce(appendEvent, { ...withPage, loading: false, held: emptyChunked })
}

/** An event of this task from the live feed. */
export const followEvent = (transcript: Transcript, event: Event): Transcript =>
  transcript.loading
    ? { ...transcript, held: append(transcript.held, event) }
    : appendEvent(transcript, event)

/** With something that no event tells. */
export const withEntry = (transcript: Transcript, entry: Entry): Transcript => appendEntry(transcript, entry)

/** The whole of a result that its event holds only in part. */
export const withWholeResult = (transcript: Transcript, callId: string, text: string): Transcript => {
  const { entries } = transcript
  for (let index = entries.end - 1; index >= entries.start; index--) {
    const entry = itemAt(entries, index)
    if (entry?.kind !== 'call' || entry.callId !== callId || entry.outcome === null) continue
    return replaceEntry(transcript, index, {
      ...entry,
      outcome: { ...entry.outcome, text, truncated: false },
    })
  }
  return transcript
}

const appendEvent = (transcript: Transcript, event: Event): Transcript => {
  if (event.seq <= transcript.lastSeq) return transcript
  const next = { ...transcript, lastSeq: event.seq }
  if (event.type === 'tool_result') return settleCall(next, event)
  if (event.type === 'node_update') return withNode(next, event)
  if (event.type === 'tool_update') return withToolUpdate(next, event)
  return withEntryOf(event.type === 'status' ? leaveNodes(next, event.ts) : next, event)
}

const withEntryOf = (next: Transcript, event: Event): Transcript => {
  const entry = entryOf(event)
  if (entry === null) return next
  const repeated = itemAt(next.entries, next.entries.end - 1)
  if (isSameFailure(repeated, entry)) return replaceEntry(next, next.entries.end - 1, entry)
  return appendEntry(next, entry)
}

const settleCall = (transcript: Transcript, event: Extract<Event, { type: 'tool_result' }>): Transcript => {
  const callId = event.data.call_id
  const index = transcript.openCalls.get(callId)
  if (index === undefined) return transcript
  const openCalls = new Map(transcript.openCalls)
  openCalls.delete(callId)
  const settled = { ...transcript, openCalls }
  const entry = itemAt(transcript.entries, index)
  return entry?.kind === 'call'
    ? replaceEntry(settled, index, { ...entry, outcome: outcomeOf(event) })
    : settled
}

/** Of a tool whose calls are there nothing more has to be told; a simulated run has no calls. */
const withToolUpdate = (transcript: Transcript, event: EventOf<'tool_update'>): Transcript => {
  const entry = entryOf(event)
  if (entry?.kind !== 'note') return transcript
  const isTold = transcript.calledTools.has(event.data.tool)
  return appendEntry(transcript, isTold ? { ...entry, isTold } : entry)
}

/** A node that begins is an entry, which its end completes. */
const withNode = (transcript: Transcript, event: EventOf<'node_update'>): Transcript => {
  const { node, status } = event.data
  // It begins anew where a crash left it.
  if (status === 'executing') {
    const before = leaveNode(transcript, node, event.ts)
    const begun = appendEntry(before, entryOf(event) as NodeEntry)
    return { ...begun, openNodes: new Map(before.openNodes).set(node, begun.entries.end - 1) }
  }
  const settled = endNode(transcript, node, { ts: event.ts, status, ...nodeTexts(event.data) })
  return settled ?? withEntryOf(transcript, event)
}

interface NodeEnd extends Pick<NodeEntry, 'status' | 'text' | 'summary'> {
  readonly ts: string
}

/** Null where that node is not under way. */
const endNode = (transcript: Transcript, node: string, { ts, ...end }: NodeEnd): Transcript | null => {
  const index = transcript.openNodes.get(node)
  const entry = index === undefined ? undefined : itemAt(transcript.entries, index)
  if (index === undefined || entry?.kind !== 'node') return null
  const openNodes = new Map(transcript.openNodes)
  openNodes.delete(node)
  const durationMs = Date.parse(ts) - Date.parse(entry.ts)
  return replaceEntry({ ...transcript, openNodes }, index, { ...entry, ...end, durationMs })
}

const leaveNode = (transcript: Transcript, node: string, ts: string): Transcript =>
  endNode(transcript, node, { ts, status: 'left', text: '', summary: '' }) ?? transcript

/** The attempt has ended, or been taken up again: what of a node was under way is so no more. */
const leaveNodes = (transcript: Transcript, ts: string): Transcript =>
  [...transcript.openNodes.keys()].reduce((left, node) => leaveNode(left, node, ts), transcript)

/** The error that ended a task was told right before, as an event of its own: once is enough. */
const isSameFailure = (before: Entry | undefined, entry: Entry): boolean =>
  before?.kind === 'failure' &&
  entry.kind === 'failure' &&
  entry.final &&
  before.code === entry.code &&
  before.message === entry.message

const appendEntry = (transcript: Transcript, entry: Entry): Transcript => {
  const entries = append(transcript.entries, entry)
  return dropOldest({
    ...transcript,
    entries,
    weight: transcript.weight + weightOf(entry),
    calledTools:
      entry.kind === 'call' && !transcript.calledTools.has(entry.name)
        ? new Set(transcript.calledTools).add(entry.name)
        : transcript.calledTools,
    openCalls:
      entry.kind === 'call'
        ? new Map(transcript.openCalls).set(entry.callId, entries.end - 1)
        : transcript.openCalls,
  })
}

const replaceEntry = (transcript: Transcript, index: number, entry: Entry): Transcript => {
  const before = itemAt(transcript.entries, index)
  return {
    ...transcript,
    entries: replaceAt(transcript.entries, index, entry),
    weight: transcript.weight + weightOf(entry) - (before === undefined ? 0 : weightOf(before)),
  }
}

const dropOldest = (transcript: Transcript): Transcript => {
  const { entries, weight } = transcript
  if (weight <= maxWeight && entries.end - entries.start <= maxEntries) return transcript
  const kept = dropOldestBlock(entries)
  if (kept === entries) return transcript
  const dropped = (entries.blocks[0] ?? []).reduce((sum, entry) => sum + weightOf(entry), 0)
  return { ...transcript, entries: kept, weight: weight - dropped }
}
