import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EventDraft, StoredEvent } from '../../../../protocol/event.ts'
import type { Task } from '../../../../protocol/task.ts'
import { protocolVersion } from '../../../../protocol/version.ts'
import type { EventLog, LogRecord } from '../event-log.ts'
import { openLog } from '../open-log.ts'
import { PendingRemovals } from '../pending-removals.ts'
import { readEvents } from '../read-events.ts'
import { restore } from '../restore.ts'
import { ResultFiles } from '../results.ts'
import { sealLine } from '../sealed-json.ts'
import { taskKey } from '../segment-index.ts'
import { Snapshot } from '../snapshot.ts'
import type { TaskTable } from '../task-table.ts'
import { LogFold, mendingFacts, type Mended } from './lost-facts.ts'

/**
 * Where events are lost, puts behind the log what the snapshot still knows of the state, so that the log is the whole
 * truth again; a snapshot that is not its fold goes. Expects a log that is whole.
 */
export const mendState = async (directory: string, now: Date): Promise<Mended & { lostEvents: number }> => {
  const onNotice = () => undefined
  const log = await openLog({ directory, segmentBytes: Infinity, onNotice, isInUse: false })
  try {
    const fold = new LogFold()
    let lastTs = ''
    for await (const events of readEvents(log, { after: 0, upTo: log.lastSeq })) {
      for (const event of events) {
        fold.apply(event)
        lastTs = event.ts
      }
    }
    const { lostEvents } = fold
    if (lostEvents === 0) return { facts: [], restored: [], unknown: [], lostEvents }
    const snapshotDirectory = join(directory, 'snapshot')
    const snapshot = await Snapshot.in(snapshotDirectory, onNotice)
    const seenSeq = await seqSeenBy(snapshot, log)
    const results = await ResultFiles.in(join(directory, 'results'))
    const removals = PendingRemovals.load(directory, log)
    const { table } = await restore({ log, snapshot, results, removals, onNotice })
    const known = {
      task: (id: string) => table.task(id),
      tasks: tasksOf(table),
      facts: table.queueFacts(),
      lastNumber: table.lastNumber,
      seq: seenSeq,
    }
    const mended = mendingFacts(fold, known, now)
    const ts = now.toISOString() > lastTs ? now.toISOString() : lastTs
    if (mended.facts.length > 0) {
      await log.append(mended.facts.map((fact, position) => recordOf(fact, log.lastSeq + 1 + position, ts)))
      await rm(snapshotDirectory, { recursive: true })
    }
    return { ...mended, lostEvents }
  } finally {
    await log.close()
  }
}

/** 0 where the snapshot cannot be used, or is not of this log. */
const seqSeenBy = async (snapshot: Snapshot, log: EventLog): Promise<number> => {
  const loaded = await snapshot.load()
  return loaded?.storeId === log.storeId ? loaded.position.seq : 0
}

function* tasksOf(table: TaskTable): Generator<Task> {
  for (const page of table.pages) for (const row of page.rows) yield table.taskOf(row)
}

const recordOf = (fact: EventDraft, seq: number, ts: string): LogRecord => {
  const { task_id, attempt = null, step = null, type } = fact
  const data = fact.type === 'task_added' ? { task: { ...fact.data.task, last_seq: seq } } : fact.data
  const hidden = fact.private === undefined ? {} : { private: fact.private }
  const event = { v: protocolVersion, seq, ts, task_id, attempt, step, type, data, ...hidden } as StoredEvent
  return { line: sealLine(JSON.stringify(event)), key: taskKey(task_id) }
}
