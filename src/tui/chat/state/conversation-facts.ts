import { isFinal } from '../../../protocol/status.ts'
import type { ConversationLog } from './conversation-log.ts'
import type { Turn } from './turn.ts'

/** The turn that the agent works on. */
export const runningTurn = (log: ConversationLog): Turn | null =>
  (log.items.findLast((item) => item.kind === 'turn' && isUnderWay(item)) as Turn | undefined) ?? null

const isUnderWay = ({ status, task }: Turn): boolean =>
  status === 'in_progress' ||
  status === 'waiting' ||
  // Between a restart of the daemon and the next attempt.
  (status === 'pending' && task !== null && task.started_at !== null)

/** How many messages wait for the running turn to end, or for a connection. */
export const queuedCount = (log: ConversationLog): number =>
  log.items.filter(
    (item) =>
      item.kind === 'turn' &&
      (item.sending === null
        ? item.status !== null && !isFinal(item.status) && !isUnderWay(item)
        : item.sending.state !== 'refused'),
  ).length

/** What the model was given and answered last, in tokens; null where that is not known. */
export const contextTokensOf = ({ items }: ConversationLog): number | null => {
  const last = items.findLast((item) => item.kind === 'turn' && item.contextTokens !== null)
  return last?.kind === 'turn' ? last.contextTokens : null
}

export interface Cost {
  readonly usd: number
  /** Whether there are turns of which it is not known, or not yet. */
  readonly isPartial: boolean
}

/** What the conversation has cost, as far as that is known; null where nothing is. */
export const costOf = (log: ConversationLog): Cost | null => {
  let sum: number | null = null
  let isPartial = false
  const add = (turn: Turn): void => {
    const cost = turn.task?.usage.cost_usd ?? null
    if (cost !== null) sum = (sum ?? 0) + cost
    else if (turn.taskId !== null && turn.status === 'completed') isPartial = true
  }
  for (const item of log.items) if (item.kind === 'turn') add(item)
  for (const child of log.children.values()) add(child)
  return sum === null ? null : { usd: sum, isPartial }
}
