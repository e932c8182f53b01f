import type { Style } from './style.ts'
import type { TaskStatus } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import { plural } from './amounts.ts'

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

/** How far a task is, or what it waits for, in a few words. */
export const standing = (task: Task): string => {
  const { step, max_steps } = task.progress
  switch (task.status) {
    case 'in_progress':
      return max_steps === null ? `${step}` : `${step}/${max_steps}`
    case 'scheduled':
      return task.not_before === null ? '' : `at ${task.not_before}`
    case 'blocked':
      return `after ${plural(task.depends_on.length, 'task')}`
    case 'waiting':
      return [
        task.waiting_for?.kind.replace('_', ' '),
        task.waiting_for?.until && `until ${task.waiting_for.until}`,
      ]
        .filter(Boolean)
        .join(', ')
    case 'failed':
      return task.error?.code ?? ''
    case 'paused':
    case 'pending':
    case 'cancelled':
    case 'completed':
      return ''
    default:
      return task.status satisfies never
  }
}
