/**
 * Fills a store through the store's own code: finished tasks, as an agent would have left them. Bundled and run by
 * `big-store.js`. Usage: fill-store.js DIRECTORY TASKS EVENTS_PER_TASK
 */
import { openEmbeddedStore } from '../src/daemon/store/embedded/embedded-store.ts'
import { emptyUsage } from '../src/protocol/task.ts'
import { pendingTask } from './pending-task.js'

const [directory, tasks, eventsPerTask] = process.argv.slice(2)
const tasksPerAppend = 100

const store = await openEmbeddedStore({ directory })
for (let first = 1; first <= Number(tasks); first += tasksPerAppend) {
  const last = Math.min(first + tasksPerAppend - 1, Number(tasks))
  await store.append(() =>
    Array.from({ length: last - first + 1 }, (_, at) => finishedTask(first + at)).flat(),
  )
}
await store.close()

function finishedTask(nth) {
  const id = `01990000-0000-7000-8000-${String(nth).padStart(12, '0')}`
  const prompt = `Task ${nth}: ${'look at the next file and say what it is for. '.repeat(6)}`
  const event = (type, data, step) => ({ type, task_id: id, attempt: 1, step, data })
  const started_at = '2026-01-01T00:00:00.000Z'
  const drafts = [
    { type: 'task_added', task_id: id, data: { task: pendingTask(id, prompt, emptyUsage) } },
    event('status', {
      status: 'in_progress',
      previous: 'pending',
      message: 'Task starting...',
      changes: { model: 'offline/demo', started_at },
    }),
  ]
  for (let step = 1; drafts.length < eventsPerTask - 1; step += 1) drafts.push(...oneStep(event, step))
  return [
    ...drafts.slice(0, eventsPerTask - 1),
    event('status', {
      status: 'completed',
      previous: 'in_progress',
      message: 'Task completed',
      changes: { finished_at: started_at, response_payload: { answer: `Done with ${nth}.`, data: null } },
    }),
  ]
}

function oneStep(event, step) {
  const call = { call_id: `call-${step}`, name: 'read_file' }
  return [
    event(
      'usage',
      { model: 'offline/demo', input_tokens: 900, output_tokens: 60, cached_tokens: 0, cost_usd: 0 },
      step,
    ),
    event('tool_use', { ...call, args: { path: `src/file-${step}.ts` } }, step),
    event(
      'tool_result',
      { ...call, status: 'ok', result: 'x'.repeat(200), duration_ms: 1, truncated: false, bytes: 200 },
      step,
    ),
  ]
}
