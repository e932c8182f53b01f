import type { Event, EventType } from './event.ts'
import type { Task, Usage } from './task.ts'

/**
 * The state of a task after one more event: the only function that changes a task, in the daemon and in every
 * client. Pure; expects the events of one task in the order of `seq`. Undefined before `task_added` and after
 * `task_removed`; an event that is not newer than `last_seq` changes nothing, so replays may overlap.
 */
export const applyEvent = (task: Task | undefined, event: Event): Task | undefined => {
  if (event.type === 'task_added') return task ?? completed(event.data.task)
  if (event.type === 'task_removed') return undefined
  if (task === undefined || event.seq <= task.last_seq) return task
  if (isNewsOnly(event)) return { ...task, updated_at: event.ts, last_seq: event.seq }
  return { ...task, ...changesOf(task, event), updated_at: event.ts, last_seq: event.seq }
}

/**
 * Whether a task has nothing of this event but its time and its `seq`. The next event of the same task replaces these:
 * who folds both need not fold this one.
 */
export const isNewsOnly = <E extends { readonly type: EventType }>(
  event: E,
): event is Extract<E, { readonly type: NewsOnly }> => newsOnly.has(event.type)

const newsOnlyTypes = [
  'thought',
  'tool_result',
  'message',
  'approval_requested',
  'approval_resolved',
  'error',
  'node_update',
  'tool_update',
  'search_results',
  'workflow_status',
  'compaction',
] as const satisfies readonly EventType[]
type NewsOnly = (typeof newsOnlyTypes)[number]
const newsOnly: ReadonlySet<EventType> = new Set(newsOnlyTypes)

/** A task that an earlier version wrote, with the fields that it did not know. */
const completed = (task: Task): Task => ('attempts' in task ? task : { ...newerFields, ...(task as Task) })

const newerFields = { attempts: [], depends_on_any: [], notify: false }

const changesOf = (task: Task, event: Exclude<Event, { type: NewsOnly }>): Partial<Task> => {
  switch (event.type) {
    case 'status':
      return {
        ...event.data.changes,
        status: event.data.status,
        error: event.data.error ?? null,
      }
    case 'task_updated':
      return event.data.changes
    case 'progress':
      return { progress: event.data }
    case 'usage':
      return { usage: addModelCall(task.usage, event.data) }
    case 'tool_use':
      return { usage: { ...task.usage, tool_calls: task.usage.tool_calls + 1 } }
    case 'task_added':
    case 'task_removed':
    case 'queue_changed':
    case 'lost':
    case 'removed':
      return {}
  }
}

/** One unknown price makes the sum unknown: null stays null once a call without a price has been made. */
const addModelCall = (
  usage: Usage,
  call: { input_tokens: number; output_tokens: number; cost_usd: number | null },
): Usage => ({
  ...usage,
  input_tokens: usage.input_tokens + call.input_tokens,
  output_tokens: usage.output_tokens + call.output_tokens,
  total_tokens: usage.total_tokens + call.input_tokens + call.output_tokens,
  cost_usd:
    call.cost_usd === null || (usage.cost_usd === null && usage.model_calls > 0)
      ? null
      : (usage.cost_usd ?? 0) + call.cost_usd,
  model_calls: usage.model_calls + 1,
})
