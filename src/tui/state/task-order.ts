import { isFinal } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'

/**
 * The order of the list: what runs, what needs the user, what else waits, what is queued in the order in which it
 * will run, what cannot run yet, and the past, newest first.
 */
export const inListOrder = (a: Task, b: Task): number => rankOf(a) - rankOf(b) || withinRank(a, b)

const ranks = {
  running: 0,
  needsUser: 1,
  waiting: 2,
  queued: 3,
  scheduled: 4,
  blocked: 5,
  paused: 6,
  past: 7,
} as const

const rankOf = (task: Task): number => {
  switch (task.status) {
    case 'in_progress':
      return ranks.running
    case 'waiting':
      return needsUser(task) ? ranks.needsUser : ranks.waiting
    case 'pending':
      return ranks.queued
    case 'scheduled':
      return ranks.scheduled
    case 'blocked':
      return ranks.blocked
    case 'paused':
      return ranks.paused
    case 'completed':
    case 'failed':
    case 'cancelled':
      return ranks.past
  }
}

export const needsUser = (task: Task): boolean =>
  task.status === 'waiting' && task.waiting_for?.kind === 'approval'

const withinRank = (a: Task, b: Task): number => {
  if (isFinal(a.status)) return compare(b.finished_at, a.finished_at) || b.number - a.number
  if (a.status === 'pending') return inRunOrder(a, b)
  if (a.status === 'scheduled') return compare(a.not_before, b.not_before) || inRunOrder(a, b)
  return a.number - b.number
}

/** As the daemon takes them: what was interrupted first, then higher priority, then the older number. */
const inRunOrder = (a: Task, b: Task): number =>
  Number(b.started_at !== null) - Number(a.started_at !== null) ||
  b.priority - a.priority ||
  a.number - b.number

const compare = (a: string | null, b: string | null): number => {
  const left = a ?? ''
  const right = b ?? ''
  return left < right ? -1 : left > right ? 1 : 0
}
