import type { StoredEvent } from '../../../protocol/event.ts'
import { applyEvent } from '../../../protocol/fold.ts'
import type { Task } from '../../../protocol/task.ts'
import { damaged } from './damage.ts'
import type { EventLog } from './event-log.ts'
import type { OnNotice } from './notice.ts'
import { Overlay } from './overlay.ts'
import type { Row } from './page.ts'
import type { PendingRemovals } from './pending-removals.ts'
import { readEvents, readEventsSync } from './read-events.ts'
import type { ResultFiles } from './results.ts'
import type { LoadedSnapshot, Snapshot } from './snapshot.ts'
import { TaskTable } from './task-table.ts'

interface RestoreParts {
  readonly log: EventLog
  readonly snapshot: Snapshot
  readonly results: ResultFiles
  /** Is told of every task that the replay finds removed. */
  readonly removals: PendingRemovals
  readonly onNotice: OnNotice
}

export interface RestoredState {
  readonly table: TaskTable
  /** `ts` of the last event; empty where there is none. */
  readonly lastTs: string
  /** The last event that the snapshot on disk holds. */
  readonly snapshotSeq: number
}

/** The state as the log says it: what the snapshot holds, and every newer event folded into it. */
export const restore = async (parts: RestoreParts): Promise<RestoredState> => {
  const { log, snapshot, results, removals, onNotice } = parts
  const table = new TaskTable({
    read: (files, row) => snapshot.read(files, row),
    rebuild: (row) => rebuildTask(log, row),
  })
  const loaded = await snapshot.load()
  const isUsable = loaded !== undefined && fitsLog(loaded, log, onNotice)
  // Even where the log has lost its last write, no number is given twice.
  table.restore(isUsable ? loaded.pages : [], isUsable ? loaded.queueFacts : {}, loaded?.lastNumber ?? 0)

  const replayed: Replayed = isUsable ? { ...loaded.position, removed: [] } : { seq: 0, ts: '', removed: [] }
  let snapshotSeq = replayed.seq
  for await (const events of readEvents(log, { after: replayed.seq, upTo: log.lastSeq })) {
    for (const removal of replay(table, events, replayed)) {
      replayed.removed.push(removal.id)
      removals.add(removal.id, removal, Date.now())
    }
    // So that a long replay does not hold every finished task in memory.
    if (replayed.seq - snapshotSeq < replayedPerSnapshot) continue
    const { seq, ts } = replayed
    const position = { seq, lastWriteSeq: seq, ts }
    await snapshot.write(table, { storeId: log.storeId, position, before: () => removals.keep() })
    snapshotSeq = replayed.seq
  }
  for (const id of replayed.removed) if (table.row(id) === undefined) await results.remove(id)
  return { table, lastTs: replayed.ts, snapshotSeq }
}

interface Replayed {
  seq: number
  ts: string
  readonly removed: string[]
}

const replayedPerSnapshot = 50_000

/** Whether the snapshot is of this log. Throws where it shows that the log has lost more than its last write. */
const fitsLog = ({ storeId, position }: LoadedSnapshot, log: EventLog, onNotice: OnNotice): boolean => {
  if (storeId !== log.storeId) {
    onNotice({ kind: 'rebuilt', message: 'The snapshot is of another store and is made again from the log' })
    return false
  }
  if (position.seq <= log.lastSeq) return true
  const last = log.segments.at(-1)
  const found = `expected seq ${position.seq}, which the snapshot has seen, found ${log.lastSeq} last`
  if (last !== undefined && log.lastSeq < position.lastWriteSeq - 1) {
    throw damaged(last.path, log.indexOf(last).end, found)
  }
  onNotice({
    kind: 'rebuilt',
    message: `The log has lost its last write (${found}); the snapshot is made again from it`,
  })
  return false
}

interface Removal {
  readonly id: string
  readonly firstSeq: number
  readonly seq: number
}

/** Folds the events; gives the tasks that were removed by them. */
const replay = (table: TaskTable, events: readonly StoredEvent[], replayed: Replayed): Removal[] => {
  const changes = new Overlay(table)
  const removed: Removal[] = []
  for (const event of events) {
    const { type, task_id: id, seq } = event
    if (type === 'task_removed' && id !== null)
      removed.push({ id, firstSeq: changes.task(id)?.first_seq ?? 1, seq })
    changes.apply(event)
    replayed.seq = event.seq
    replayed.ts = event.ts
  }
  table.take(changes)
  return removed
}

const rebuildTask = (log: EventLog, row: Row): Task => {
  const query = { taskId: row.id, after: row.firstSeq - 1, upTo: row.lastSeq }
  const task = readEventsSync(log, query).reduce<Task | undefined>(applyEvent, undefined)
  if (task === undefined)
    throw damaged(log.segments[0]?.path ?? '', 0, `expected the events of task ${row.id}`)
  return task
}
