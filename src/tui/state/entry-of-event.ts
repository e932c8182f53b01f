import type { Event, EventOf } from '../../protocol/event.ts'
import { textOf as shortTextOf } from '../../protocol/presented-cell.ts'
import type { Json } from '../../protocol/task.ts'
import { cost, count } from '../layout/format.ts'
import type { CallOutcome, Entry, NodeEntry } from './entry.ts'

/** What a transcript shows of an event; null for an event that only changes numbers shown elsewhere. */
export const entryOf = (event: Event): Entry | null => {
  const note = (text: string, isFailure = false): Entry => {
    const status = isFailure ? 'failed' : null
    return { kind: 'note', type: event.type, ts: event.ts, text, status }
  }
  switch (event.type) {
    case 'task_added':
      return note('Queued')
    case 'task_updated':
      return note(`Changed by the user: ${Object.keys(event.data.changes).join(', ')}`)
    case 'status':
      return statusEntry(event)
    case 'thought':
      return { kind: 'text', type: 'thought', ts: event.ts, voice: 'thought', text: event.data.text }
    case 'message':
      return { kind: 'text', type: 'message', ts: event.ts, voice: event.data.role, text: event.data.text }
    case 'tool_use': {
      const { call_id: callId, name, args } = event.data
      return { kind: 'call', type: 'tool_use', ts: event.ts, callId, name, args, outcome: null }
    }
    case 'progress':
      return note(progressText(event))
    case 'usage':
      return note(usageText(event))
    case 'approval_requested':
      return note(`Asks for approval of ${event.data.name}: ${event.data.reason}`)
    case 'approval_resolved': {
      const { decision, by, reason } = event.data
      return note(
        `${decision === 'approve' ? 'Approved' : 'Denied'} by ${by}${reason === null ? '' : `: ${reason}`}`,
      )
    }
    case 'error':
      return { kind: 'failure', type: 'error', ts: event.ts, ...event.data, final: false }
    case 'node_update':
      return nodeEntry(event)
    case 'tool_update':
      return note(
        `${event.data.tool}: ${event.data.error ?? event.data.message}`,
        event.data.status === 'failed',
      )
    case 'search_results':
      return {
        kind: 'search',
        type: 'search_results',
        ts: event.ts,
        id: `search ${event.seq}`,
        query: event.data.query,
        results: event.data.results,
        synthesis: event.data.synthesis,
      }
    case 'workflow_status':
      return note(`Workflow: ${event.data.error ?? event.data.status}`, event.data.status === 'failed')
    case 'compaction':
      return summaryEntry(event)
    case 'lost':
      return note(`A damaged event stood here: ${event.data.reason}`, true)
    case 'task_removed':
    case 'tool_result':
    case 'queue_changed':
    case 'removed':
      return null
  }
}

const nodeEntry = ({ ts, seq, data }: EventOf<'node_update'>): Entry => ({
  kind: 'node',
  type: 'node_update',
  ts,
  id: `node ${seq}`,
  node: data.node,
  status: data.status,
  durationMs: null,
  ...nodeTexts(data),
})

/** What a node has given, or why it has failed; empty where nothing is said. */
export const nodeTexts = ({
  error,
  output,
}: EventOf<'node_update'>['data']): Pick<NodeEntry, 'text' | 'summary'> => {
  if (error !== undefined) return { text: error, summary: error }
  if (output === undefined || output === null) return { text: '', summary: '' }
  return { text: outputText(output), summary: shortTextOf(output).replaceAll(/^\{|\}$/g, '') }
}

/** Member by member, so that text with several lines can be read. */
const outputText = (output: Json): string => {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return textOf(output)
  return Object.entries(output)
    .map(([key, value]) => {
      const text = textOf(value)
      return `${key}:${text.includes('\n') ? '\n' : ' '}${text}`
    })
    .join('\n')
}

const summaryEntry = ({ ts, seq, data }: EventOf<'compaction'>): Entry => {
  const { turns, tokens_before, tokens_after, summary } = data
  const tokens = `${count(tokens_before)} -> ${count(tokens_after)} tokens`
  const text = `The ${turns} oldest turns stand as a summary from here on (${tokens})`
  return { kind: 'summary', type: 'compaction', ts, id: `summary ${seq}`, text, summary }
}

const progressText = ({ data: { step, max_steps: maxSteps, note } }: EventOf<'progress'>): string =>
  [maxSteps === null ? `Step ${step}` : `Step ${step} of ${maxSteps}`, note ?? ''].filter(Boolean).join(': ')

const usageText = ({ data }: EventOf<'usage'>): string => {
  const cached = data.cached_tokens > 0 ? ` (${count(data.cached_tokens)} cached)` : ''
  const price = data.cost_usd === null ? '' : ` · ${cost(data.cost_usd)}`
  return `${data.model}: ${count(data.input_tokens)} in${cached}, ${count(data.output_tokens)} out${price}`
}

const statusEntry = (event: EventOf<'status'>): Entry => {
  const { status, message, error } = event.data
  if (status === 'failed' && error !== undefined) {
    return { kind: 'failure', type: 'status', ts: event.ts, ...error, final: true }
  }
  return { kind: 'note', type: 'status', ts: event.ts, text: message, status }
}

export const outcomeOf = (event: EventOf<'tool_result'>): CallOutcome => ({
  status: event.data.status,
  durationMs: event.data.duration_ms,
  text: textOf(event.data.result),
  truncated: event.data.truncated,
  bytes: event.data.bytes,
  details: event.data.details ?? {},
})

const textOf = (result: Json): string =>
  typeof result === 'string' ? result : JSON.stringify(result, null, 2)
