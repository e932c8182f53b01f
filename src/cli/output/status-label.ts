import type { Style } from './style.ts'
import type { TaskStatus } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import { formatMoment, formatTime, plural } from './amounts.ts'

/** Sign and word of each status. Colour says status only, and never alone. */
export const statusLabel = (status: TaskStatus): string => labels[status]

export const paintStatus = (status: TaskStatus, style: Style): ((text: string) => string) => {
  const colour = colours[status]
  return colour === undefined ? style.dim : style[colour]
}

const labels = {
  scheduled: '○ scheduled',
  blocked: '· blocked',
  paused: '⏸ paused',
  pending: '· pending',
  in_progress: '● running',
  waiting: '⏸ waiting',
  completed: '✓ completed',
  failed: '✗ failed',
  cancelled: '⊘ cancelled',
} as const satisfies Record<TaskStatus, string>

const colours: Partial<Record<TaskStatus, 'cyan' | 'green' | 'red' | 'yellow'>> = {
  in_progress: 'cyan',
  completed: 'green',
  failed: 'red',
  waiting: 'yellow',
}

/** How far a task is, or what it waits for, in a few words; `numberOf` names other tasks, where it knows them. */
export const standing = (
  task: Task,
  numberOf: (id: string) => number | undefined = () => undefined,
): string => {
  const { step, max_steps } = task.progress
  switch (task.status) {
    case 'in_progress':
      return max_steps === null ? `${step}` : `${step}/${max_steps}`
    case 'scheduled':
      return task.not_before === null ? '' : `at ${formatMoment(task.not_before)}`
    case 'blocked':
      return `after ${othersOf(task, numberOf)}`
    case 'waiting':
      return waitsFor(task)
    case 'failed':
      return task.error?.code ?? ''
    case 'pending':
      return comesAgain(task) ? `attempt ${task.attempt} at ${formatTime(task.not_before ?? '')}` : ''
    case 'paused':
    case 'cancelled':
    case 'completed':
      return ''
    default:
      return task.status satisfies never
  }
}

/** `42, 43`, or `2 tasks` where there is one without a name. */
const othersOf = ({ depends_on }: Task, numberOf: (id: string) => number | undefined): string => {
  const numbers = depends_on.flatMap((id) => numberOf(id) ?? [])
  return numbers.length === depends_on.length ? numbers.join(', ') : plural(depends_on.length, 'task')
}

/** `rate limit until 14:03`. */
const waitsFor = ({ waiting_for: what }: Task): string => {
  if (what === null) return ''
  const until = what.until === null ? '' : ` until ${formatMoment(what.until)}`
  return `${what.kind.replace('_', ' ')}${until}`
}

/** Whether an attempt has failed, and the next one is to come. */
const comesAgain = ({ not_before, started_at }: Task): boolean => not_before !== null && started_at !== null
