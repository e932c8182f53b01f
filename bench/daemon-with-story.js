/**
 * Sparky's daemon, whole, in which a task makes many events. Bundled and run by `screen.js`; SPARKY_HOME says where.
 * `{ perSecond, ms }` says how many and for how long; answers with how many there were, and the last one's step.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { startDaemonWithStore } from './daemon-with-store.js'
import { nowMs, taskIdOf } from './event-source.js'
import { eventsPerStep, storyBegin, storyStep } from './story.js'
import { pendingTask } from './pending-task.js'
import { emptyUsage } from '../src/protocol/task.ts'

const { store, address } = await startDaemonWithStore()
const id = taskIdOf(1)
await store.append(() => [
  { type: 'task_added', task_id: id, data: { task: pendingTask(id, 'Read all parts of it', emptyUsage) } },
  storyBegin(id),
])

process.on('message', async ({ perSecond, ms }) => {
  const startMs = nowMs()
  let step = 0
  let last
  while (nowMs() - startMs < ms) {
    const due = ((nowMs() - startMs) * perSecond) / 1000 / eventsPerStep
    while (step < due) {
      const events = storyStep((step += 1), id)
      last = store.append(() => events)
    }
    await delay(1)
  }
  await last
  process.send({ events: step * eventsPerStep, step })
})
process.on('disconnect', () => process.exit())
process.send(address.url)
