import type { Style } from './style.ts'
import type { StreamLine } from '../../protocol/api.ts'
import type { Event } from '../../protocol/event.ts'
import { isEvent } from '../../protocol/event-names.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import { formatDuration, formatTime } from './amounts.ts'
import { queueText } from './queue-text.ts'
import { paintStatus } from './status-label.ts'
import { argumentsText, resultText } from './tool-text.ts'

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
      return { kind: 'added', text: sanitizeLine(event.data.task.prompt) }
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
      return { kind: 'tool', text: `${sanitizeLine(event.data.name)} ${argumentsText(event.data.args)}` }
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
        text: `${sanitizeLine(event.data.name)} ${argumentsText(event.data.args)}`,
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
      return {
        kind: 'node',
        text: sanitizeLine(`${event.data.node} ${event.data.status} ${event.data.error ?? ''}`),
      }
    case 'tool_update':
      return {
        kind: 'tool',
        text: sanitizeLine(`${event.data.tool} ${event.data.status} ${event.data.message}`),
      }
    case 'search_results':
      return {
        kind: 'search',
        text: sanitizeLine(`${event.data.query}: ${event.data.results.length} results`),
      }
    case 'workflow_status':
      return { kind: 'workflow', text: sanitizeLine(`${event.data.status} ${event.data.error ?? ''}`) }
    case 'compaction':
      return { kind: 'compact', text: sanitizeLine(`${event.data.turns} oldest turns as a summary`) }
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
