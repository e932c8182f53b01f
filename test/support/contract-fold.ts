/** Events as anybody gets them: nothing of Sparky's own types is used here, on purpose. */
export interface PublicEvent {
  readonly seq: number
  readonly ts: string
  readonly task_id: string | null
  readonly type: string
  readonly data: unknown
}

type Fields = Record<string, unknown>

interface Usage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly total_tokens: number
  readonly cost_usd: number | null
  readonly model_calls: number
  readonly tool_calls: number
}

/**
 * Tasks by their ids, put together from events by nothing but what the contract says of them: a client of somebody
 * else must come to what `GET /api/v1/tasks/{id}` shows.
 */
export const foldByContract = (events: readonly PublicEvent[]): Map<string, Fields> => {
  const tasks = new Map<string, Fields>()
  for (const event of events) {
    const { task_id: id, seq: last_seq, ts: updated_at, type } = event
    if (id === null) continue
    const data = event.data as Fields
    const task = tasks.get(id)
    if (type === 'task_removed') tasks.delete(id)
    else if (type === 'task_added') tasks.set(id, data['task'] as Fields)
    else if (task !== undefined)
      tasks.set(id, { ...task, ...changesOf(task, type, data), updated_at, last_seq })
  }
  return tasks
}

const changesOf = (task: Fields, type: string, data: Fields): Fields => {
  const changes = data['changes'] as Fields
  const usage = task['usage'] as Usage
  if (type === 'status') return { ...changes, status: data['status'], error: data['error'] ?? null }
  if (type === 'task_updated') return changes
  if (type === 'progress') return { progress: data }
  if (type === 'tool_use') return { usage: { ...usage, tool_calls: usage.tool_calls + 1 } }
  if (type !== 'usage') return {}
  const { input_tokens, output_tokens, cost_usd } = data as unknown as Usage
  const isPriceUnknown = cost_usd === null || (usage.cost_usd === null && usage.model_calls > 0)
  return {
    usage: {
      ...usage,
      input_tokens: usage.input_tokens + input_tokens,
      output_tokens: usage.output_tokens + output_tokens,
      total_tokens: usage.total_tokens + input_tokens + output_tokens,
      cost_usd: isPriceUnknown ? null : (usage.cost_usd ?? 0) + cost_usd,
      model_calls: usage.model_calls + 1,
    },
  }
}
