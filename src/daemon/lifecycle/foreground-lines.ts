import type { Task } from '../../protocol/task.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'

/** What a daemon in the foreground tells the person in front of it. */
export type DaemonMoment =
  | {
      readonly kind: 'online'
      readonly url: string
      readonly model: string
      /** Whether tasks run beside the chat. */
      readonly loop: boolean
      readonly note: string | null
    }
  /** The agent loop was off, and somebody has switched it on. */
  | { readonly kind: 'loop_started' }
  | { readonly kind: 'found'; readonly task: Task }
  | { readonly kind: 'ended'; readonly task: Task }
  | { readonly kind: 'heartbeat' }

/** What it is to the person in front of it. */
export type DaemonRole = 'worker' | 'chat server'

const longestPrompt = 200

/** The worker's lines: online, found, user asking, completed, heartbeat. */
export const foregroundLine = (moment: DaemonMoment, now: Date, role: DaemonRole = 'worker'): string => {
  switch (moment.kind) {
    case 'online': {
      const doing = role === 'worker' ? watching : moment.loop ? `${loopStarted} ${watching}` : loopIsOff
      const who = role === 'worker' ? 'Agent Worker' : 'Chat server'
      return [
        `🟢 ${who} is ONLINE at ${moment.url} (${moment.model}). ${doing}`,
        ...(moment.note === null ? [] : [`   Note: ${moment.note}`]),
      ].join('\n')
    }
    case 'loop_started':
      return `🟢 ${loopStarted} ${watching}`
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

const watching = "Watching the queue for 'pending' tasks..."
const loopStarted = 'Agent loop started in background.'
const loopIsOff = 'The agent loop is off: chat is answered, tasks wait.'

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
