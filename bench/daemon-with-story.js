/**
 * Sparky's daemon, whole, in which a task makes many events. Bundled and run by `screen.js`; SPARKY_HOME says where.
 * It has made `history` of them before it listens (`daemon-with-story.js STEPS`). `{ perSecond, ms }` says how many more, and
 * for how long; it answers with how many there were, and the last one's step.
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

let step = 0
const nextStep = () => {
  const events = storyStep((step += 1), id)
  return store.append(() => events)
}
while (step < Number(process.argv[2])) await Promise.all(Array.from({ length: 100 }, nextStep))

process.on('message', async ({ perSecond, ms }) => {
  const [startMs, before] = [nowMs(), step]
  let last
  while (nowMs() - startMs < ms) {
    const due = ((nowMs() - startMs) * perSecond) / 1000 / eventsPerStep
    for (let more = Math.ceil(due) - (step - before); more > 0; more -= 1) last = nextStep()
    await delay(1)
  }
  await last
  process.send({ events: (step - before) * eventsPerStep, step })
})
process.on('disconnect', () => process.exit())
process.send(address.url)
