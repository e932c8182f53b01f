import type { Task } from '../../protocol/task.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'

/** What a daemon in the foreground tells the person in front of it. */
export type DaemonMoment =
  | { readonly kind: 'online'; readonly url: string; readonly model: string; readonly note: string | null }
  | { readonly kind: 'found'; readonly task: Task }
  | { readonly kind: 'ended'; readonly task: Task }
  | { readonly kind: 'heartbeat' }

const longestPrompt = 200

/** The worker's lines: online, found, user asking, completed, heartbeat. */
export const foregroundLine = (moment: DaemonMoment, now: Date): string => {
  switch (moment.kind) {
    case 'online':
      return [
        `🟢 Agent Worker is ONLINE at ${moment.url} (${moment.model}). Watching the queue for 'pending' tasks...`,
        ...(moment.note === null ? [] : [`   Note: ${moment.note}`]),
      ].join('\n')
    case 'found': {
      const prompt = sanitizeLine(moment.task.prompt)
      const shown = prompt.length > longestPrompt ? `${prompt.slice(0, longestPrompt)}…` : prompt
      return `⚡ Found Task ${moment.task.number} (${moment.task.id})!\n   User asking: ${shown}`
    }
    case 'ended':
      return endedLine(moment.task)
    case 'heartbeat':
      return `💓 Worker heartbeat: ${now.toTimeString().slice(0, 8)} - Still watching for tasks...`
  }
}

const endedLine = (task: Task): string => {
  const { number, status, error } = task
  if (status === 'completed') return `✅ Task ${number} Completed successfully.`
  if (status === 'failed')
    return `❌ Task ${number} Failed: ${sanitizeLine(error?.message ?? 'no reason is known')}`
  if (status === 'cancelled') return `🚫 Task ${number} Cancelled.`
  return `⏸  Task ${number} ${detour(task)}`
}

/** Why it is not over, although its attempt does not run any more. */
const detour = ({ status, waiting_for, attempts, not_before }: Task): string => {
  if (status === 'waiting' && waiting_for !== null) {
    const until = waiting_for.until === null ? '' : ` until ${timeOf(waiting_for.until)}`
    return `waits: ${waiting_for.kind.replace('_', ' ')}${until}.`
  }
  const last = attempts.at(-1)
  if (last?.status === 'failed' && last.error !== null && not_before !== null) {
    return `is tried again at ${timeOf(not_before)}; attempt ${last.number} failed: ${sanitizeLine(last.error.message)}`
  }
  return `is ${status} again.`
}

const timeOf = (iso: string): string => new Date(iso).toTimeString().slice(0, 8)
