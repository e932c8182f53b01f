import type { Retention } from '../../config/settings.ts'
import type { Task } from '../../protocol/task.ts'
import type { FinishedTask } from '../store/store.ts'

export interface RetentionState {
  readonly retention: Retention
  /** How many finished tasks there are, from the first of those given on, without known turns of conversations. */
  readonly finishedCount: number
  readonly nowMs: number
  /** Whether it must stay for now, however old it is: somebody still needs it. */
  readonly isNeeded: (task: FinishedTask) => boolean
  readonly find: (id: string) => Task | undefined
}

export interface RetentionDecision {
  /** Ids of those that are past retention. */
  readonly past: readonly string[]
  /** Numbers of those that would be, and are needed for now. */
  readonly needed: readonly number[]
  /** Numbers of turns of conversations, which live as long as these. */
  readonly turns: readonly number[]
  /** Before this moment, in ms since 1970, no further one will be past its age, whatever finishes meanwhile. */
  readonly nextDueMs: number
  /** Whether all that come after the ones given are kept. */
  readonly isEnd: boolean
}

const dayMs = 24 * 60 * 60 * 1000

/**
 * Which finished tasks are past retention: those beyond the newest `tasks`, and those that finished more than `days` ago.
 * Expects the ones that ended first, oldest first, and looks no further than it must.
 */
export const pastRetention = (oldest: readonly FinishedTask[], state: RetentionState): RetentionDecision => {
  const { retention, nowMs } = state
  const maxAgeMs = retention.days === null ? Infinity : retention.days * dayMs
  const [past, needed, turns]: [string[], number[], number[]] = [[], [], []]
  for (const finished of oldest) {
    const newer = state.finishedCount - past.length - needed.length - turns.length - 1
    const isBeyondCount = retention.tasks !== null && newer >= retention.tasks
    if (!isBeyondCount && maxAgeMs === Infinity)
      return { past, needed, turns, nextDueMs: Infinity, isEnd: true }
    const task = state.find(finished.id)
    if (task === undefined) continue
    if (task.conversation_id !== null) {
      turns.push(finished.number)
      continue
    }
    const dueMs = Date.parse(task.finished_at ?? task.updated_at) + maxAgeMs
    if (!isBeyondCount && dueMs > nowMs) return { past, needed, turns, nextDueMs: dueMs, isEnd: true }
    if (state.isNeeded(finished)) needed.push(finished.number)
    else past.push(finished.id)
  }
  return { past, needed, turns, nextDueMs: nowMs + maxAgeMs, isEnd: false }
}
