import type { Style } from './style.ts'
import { agentName, delegatedBy } from '../../protocol/delegated.ts'
import { kindPrefix } from '../../protocol/kind-prefix.ts'
import { sanitize, sanitizeLine } from '../../protocol/sanitize.ts'
import type { Task } from '../../protocol/task.ts'
import { formatCost, formatCount, formatDateTime, formatDuration, plural } from './amounts.ts'
import { attemptLines } from './attempt-lines.ts'
import { safeJson } from './json.ts'
import { paintStatus, standing, statusLabel } from './status-label.ts'

interface Surroundings {
  /** Of the tasks that it names, by their ids. */
  readonly numbers?: ReadonlyMap<string, number>
  /** What it has presented. */
  readonly drawing?: string | null
}

/** Everything about a task, for people. */
export const taskView = (
  task: Task,
  style: Style,
  { numbers = new Map(), drawing = null }: Surroundings = {},
): string => {
  const paint = paintStatus(task.status, style)
  const title =
    `${style.bold(`Task ${task.number}`)}  ${paint(statusLabel(task.status))}  ${standing(task, (id) => numbers.get(id))}`.trimEnd()
  const facts = factsOf(task, (id) => String(numbers.get(id) ?? sanitizeLine(id))).filter(
    ([, value]) => value !== '',
  )
  const attempts = attemptLines(task, style)
  return [
    title,
    '',
    indent(sanitize(task.prompt)),
    '',
    ...facts.map(([name, value]) => `${style.dim(name.padEnd(10))}  ${value}`),
    ...(attempts.length === 0 ? [] : ['', ...attempts]),
    ...(drawing === null ? [] : ['', drawing]),
    ...(task.response_payload === null
      ? []
      : ['', style.bold('Answer'), '', sanitize(task.response_payload.answer)]),
    ...(task.error === null
      ? []
      : ['', `${style.red('✗')} ${style.bold(task.error.code)}: ${sanitize(task.error.message)}`]),
  ].join('\n')
}

const factsOf = (task: Task, nameOf: (id: string) => string): [string, string][] => [
  ['id', task.id],
  ['kind', kindOf(task)],
  [
    delegatedBy(task) === null ? 'added by' : 'part of',
    task.parent_id === null ? '' : nameOf(task.parent_id),
  ],
  ['agent', sanitizeLine(agentName(task))],
  ['model', sanitizeLine(task.model ?? '')],
  ['directory', sanitizeLine(task.cwd)],
  ['group', task.group === 'default' ? '' : sanitizeLine(task.group)],
  ['priority', task.priority === 0 ? '' : String(task.priority)],
  ['after', mustComplete(task).map(nameOf).join(', ')],
  ['after any', task.depends_on_any.map(nameOf).join(', ')],
  ['locks', task.locks.map(sanitizeLine).join(', ')],
  [
    'labels',
    sanitizeLine(
      Object.entries(task.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(', '),
    ),
  ],
  ['context', (task.request_payload.context ?? null) === null ? '' : safeJson(task.request_payload.context)],
  ['attempt', `${task.attempt} of ${task.max_attempts}`],
  ['usage', usageOf(task)],
  ['added', formatDateTime(task.created_at)],
  ['not before', dateOf(task.not_before)],
  ['started', dateOf(task.started_at)],
  ['finished', finishedOf(task)],
]

const kindOf = (task: Task): string => {
  const name = kindPrefix(task).replace(/: $/, '')
  return task.kind === 'workflow' && name !== 'workflow' ? `workflow ${name}` : name
}

const mustComplete = ({ depends_on, depends_on_any }: Task): string[] =>
  depends_on.filter((id) => !depends_on_any.includes(id))

const dateOf = (time: string | null): string => (time === null ? '' : formatDateTime(time))

const finishedOf = ({ started_at, finished_at }: Task): string => {
  if (finished_at === null) return ''
  const took =
    started_at === null ? '' : `, after ${formatDuration(Date.parse(finished_at) - Date.parse(started_at))}`
  return `${formatDateTime(finished_at)}${took}`
}

const usageOf = ({ usage }: Task): string =>
  [
    plural(usage.model_calls, 'model call'),
    plural(usage.tool_calls, 'tool call'),
    `${formatCount(usage.total_tokens)} tokens`,
    formatCost(usage.cost_usd),
  ]
    .filter((part) => part !== '')
    .join(' · ')

const indent = (text: string): string => text.replaceAll(/^/gm, '  ')
