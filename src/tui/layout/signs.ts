import type { TaskStatus } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import { needsUser } from '../state/task-order.ts'
import type { Tone } from './line.ts'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** The one moving sign; everything that moves shows the same frame. */
export const spinner = (tick: number): string => frames[tick % frames.length] ?? '⠋'

export const statusSign = (status: TaskStatus, tick: number): string => {
  switch (status) {
    case 'in_progress':
      return spinner(tick)
    case 'waiting':
      return '?'
    case 'paused':
      return '='
    case 'scheduled':
    case 'blocked':
    case 'pending':
      return '·'
    case 'completed':
      return '✓'
    case 'failed':
      return '✗'
    case 'cancelled':
      return '-'
  }
}

/** A question mark only where the user is asked: what waits for a provider or a new day goes on by itself. */
export const taskSign = (task: Task, tick: number): string =>
  task.status === 'waiting' && !needsUser(task) ? '=' : statusSign(task.status, tick)

export const statusTone = (status: TaskStatus): Tone => {
  switch (status) {
    case 'in_progress':
      return 'running'
    case 'waiting':
      return 'waiting'
    case 'completed':
      return 'done'
    case 'failed':
      return 'failed'
    case 'scheduled':
    case 'blocked':
    case 'pending':
    case 'paused':
      return 'plain'
    case 'cancelled':
      return 'dim'
  }
}

/** The status in a word or two that also say what it waits for; `numberOf` names other tasks. */
export const statusWords = (task: Task, numberOf: (id: string) => number | null): string => {
  switch (task.status) {
    case 'in_progress':
      return 'running'
    case 'waiting':
      return task.waiting_for?.kind.replace('_', ' ') ?? 'waiting'
    case 'pending':
      return 'queued'
    case 'blocked': {
      const numbers = task.depends_on.flatMap((id) => numberOf(id) ?? [])
      return numbers.length === 0 ? 'blocked' : `after ${numbers.join(', ')}`
    }
    case 'scheduled':
      return task.not_before === null ? 'scheduled' : `at ${momentOf(task.not_before)}`
    case 'completed':
      return 'done'
    case 'paused':
    case 'failed':
    case 'cancelled':
      return task.status
  }
}

/** "03:00" within a day, "21 Nov" beyond. */
export const momentOf = (iso: string): string => {
  const date = new Date(iso)
  const isSoon = date.getTime() - Date.now() < 24 * 3_600_000
  return isSoon
    ? date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
}
