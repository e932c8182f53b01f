/**
 * Sparky's daemon, whole, with a source of events beside its agent: appends to its store as attempts do, each waiting
 * until its events are on disk. Bundled and run by `fan-out.js`; SPARKY_HOME says where.
 */
import { emptyUsage } from '../src/protocol/task.ts'
import { startDaemonWithStore } from './daemon-with-store.js'
import { draftOf, serveSource, taskIdOf } from './event-source.js'
import { pendingTask } from './pending-task.js'

/** So many attempts append at a time … */
const writers = 200
/** … so many events at once: what a step writes, about. */
const eventsPerAppend = 4

const { store, address } = await startDaemonWithStore()
await store.append(() =>
  Array.from({ length: writers }, (_, nth) => {
    const id = taskIdOf(nth)
    return { type: 'task_added', task_id: id, data: { task: pendingTask(id, 'look', emptyUsage) } }
  }),
)

// Made beforehand, as the floor's frames are: what the store adds, the events' numbers and their text among it, is not.
const steps = Array.from({ length: writers }, (_, writer) =>
  Array.from({ length: eventsPerAppend }, (_, nth) => draftOf(nth, taskIdOf(writer))),
)
let sends = 0
serveSource({
  send: (count) => {
    sends += 1
    const step = steps[sends % writers]
    return store.append(() => (count === eventsPerAppend ? step : step.slice(0, count)))
  },
  eventsPerSend: eventsPerAppend,
  writers,
})
// Its parent has everything that it wanted.
process.on('disconnect', () => process.exit())
process.send(address.url)
