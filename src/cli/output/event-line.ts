import type { Style } from './style.ts'
import type { StreamLine } from '../../protocol/api.ts'
import type { Event, EventPayload } from '../../protocol/event.ts'
import { isEvent } from '../../protocol/event-names.ts'
import { kindPrefix } from '../../protocol/kind-prefix.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import { formatDuration, formatTime, plural } from './amounts.ts'
import { queueText } from './queue-text.ts'
import { paintStatus } from './status-label.ts'
import { callText, resultText, valueText } from './tool-text.ts'

const kindWidth = 8

/** An event, or a delta, as one plain line. */
export const lineText = (line: StreamLine, label: string, style: Style): string =>
  isEvent(line)
    ? eventLine(line, label, style)
    : `${style.dim(formatTime(line.ts))}  ${label}  ${style.dim(line.type)}  ${sanitizeLine(line.data.text)}`

/** An event as one plain line: time, task, kind, what happened. `label` names the task. */
export const eventLine = (event: Event, label: string, style: Style): string => {
  const { kind, text, paint } = describe(event, style)
  const head = `${style.dim(formatTime(event.ts))}  ${label}  `
  return `${head}${(paint ?? style.dim)(kind.padEnd(kindWidth))}  ${text}`.trimEnd()
}

interface Description {
  readonly kind: string
  readonly text: string
  readonly paint?: (text: string) => string
}

const describe = (event: Event, style: Style): Description => {
  switch (event.type) {
    case 'task_added':
      return {
        kind: 'added',
        text: `${kindPrefix(event.data.task)}${sanitizeLine(event.data.task.prompt)}`,
      }
    case 'task_updated':
      return { kind: 'edited', text: Object.keys(event.data.changes).join(', ') }
    case 'task_removed':
      return { kind: 'removed', text: '' }
    case 'status': {
      const { message, error, status } = event.data
      // Most messages of a failure have said already what its error says.
      const what = error === undefined || message.includes(error.message) ? '' : `: ${error.message}`
      const reason = error === undefined ? '' : ` (${error.code}${what})`
      return { kind: 'status', text: sanitizeLine(`${message}${reason}`), paint: paintStatus(status, style) }
    }
    case 'thought':
      return { kind: 'thought', text: sanitizeLine(event.data.text) }
    case 'tool_use':
      return { kind: 'tool', text: callText(event.data.name, event.data.args) }
    case 'tool_result': {
      const { name, status, duration_ms, result } = event.data
      const text = `${sanitizeLine(name)} ${status} ${formatDuration(duration_ms)}  ${resultText(result)}`
      return { kind: 'result', text, paint: status === 'ok' ? style.green : style.red }
    }
    case 'message':
      return { kind: event.data.role === 'user' ? 'user' : 'message', text: sanitizeLine(event.data.text) }
    case 'usage': {
      const { model, input_tokens, output_tokens } = event.data
      return { kind: 'usage', text: sanitizeLine(`${model} ${input_tokens} in, ${output_tokens} out`) }
    }
    case 'progress': {
      const { step, max_steps, note } = event.data
      return {
        kind: 'progress',
        text: sanitizeLine(`step ${step}${max_steps === null ? '' : `/${max_steps}`} ${note ?? ''}`),
      }
    }
    case 'approval_requested':
      return {
        kind: 'approval',
        text: callText(event.data.name, event.data.args),
        paint: style.yellow,
      }
    case 'approval_resolved':
      return { kind: 'approval', text: sanitizeLine(`${event.data.decision} by ${event.data.by}`) }
    case 'error':
      return {
        kind: 'error',
        text: `${event.data.code}: ${sanitizeLine(event.data.message)}`,
        paint: style.red,
      }
    case 'node_update':
      return workflowLine('node', event.data.node, event.data, style)
    case 'tool_update':
      return workflowLine('update', event.data.tool, event.data, style)
    case 'search_results':
      return {
        kind: 'search',
        text: searchText(event.data),
      }
    case 'workflow_status':
      return workflowLine('workflow', '', event.data, style)
    case 'compaction':
      return { kind: 'compact', text: summaryText(event.data) }
    case 'queue_changed':
      return { kind: 'queue', text: queueText(event.data) }
    case 'lost':
      return { kind: 'lost', text: sanitizeLine(event.data.reason), paint: style.red }
    case 'removed':
      return { kind: 'removed', text: '' }
    default:
      // A newer daemon may know more types than this program.
      return { kind: sanitizeLine((event as Event).type), text: '' }
  }
}

type WorkflowFacts = Partial<
  Pick<EventPayload<'node_update'>, 'output' | 'error'> &
    Pick<EventPayload<'tool_update'>, 'message' | 'execution_time_ms'>
> & {
  readonly status: EventPayload<'workflow_status'>['status']
}

/** A part of a workflow, how it stands, how long it took, and what came out of it. */
const workflowLine = (kind: string, name: string, facts: WorkflowFacts, style: Style): Description => {
  const { status, error, message, output, execution_time_ms } = facts
  const took = execution_time_ms === undefined ? '' : formatDuration(execution_time_ms)
  const said = error ?? message ?? (output === undefined || output === null ? '' : valueText(output))
  const head = [name, status, took].filter((part) => part !== '').join(' ')
  const paint = status === 'completed' ? style.green : status === 'failed' ? style.red : style.dim
  return { kind, text: sanitizeLine(said === '' ? head : `${head}  ${said}`), paint }
}

const mostTitles = 3

const searchText = ({ query, results }: EventPayload<'search_results'>): string => {
  const titles = results.slice(0, mostTitles).map(({ title, url }) => title.trim() || url)
  const more = results.length > mostTitles ? '; …' : ''
  return sanitizeLine(
    `${plural(results.length, 'result')} for ${JSON.stringify(query)}  ${titles.join('; ')}${more}`,
  )
}

const summaryText = ({ turns, tokens_before, tokens_after }: EventPayload<'compaction'>): string =>
  `the ${turns} oldest turns as a summary, ${tokens_before} -> ${tokens_after} tokens`
