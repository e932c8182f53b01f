import type { EarlierRequest } from '../agent/attempt-parts.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import type { CompactionFacts } from './known-conversation.ts'
import { messagesOfStanding, tokensOf, type ShownTurn, type Standing } from './standing.ts'
import { summarise } from './summarise.ts'
import { charactersOf, roughTokens } from './token-estimate.ts'

interface Room {
  readonly windowTokens: number
  /** About what the conversation takes now, with the turn that is to begin. */
  readonly takenTokens: number
  /** How many turns the summary stands for that there is. */
  readonly summarisedTurns: number
}

/** The newest turns stay as they are where they take no more than this share of the window … */
const keptShare = 0.3
/** … and no more than this together with the turn that is to begin. */
const filledShare = 0.5
/** By how much the length of a text may be out where a provider has counted. */
const mostFactor = 4

/**
 * The conversation with its oldest turns as a summary, which is on disk by then, in one batch with what it cost: a crash
 * before that leaves nothing, one after it finds it. What cannot be summarised is left out, and the summary says so.
 */
export const compacted = async (
  standing: Standing,
  request: EarlierRequest,
  room: Room,
): Promise<Standing> => {
  const { task, opening, record } = request
  const kept = keptTurns(standing, request, room)
  const old = standing.turns.slice(0, standing.turns.length - kept.length)
  const last = old.at(-1)
  // It is the turn itself that is too long.
  if (last === undefined) return standing
  const { step } = task.progress
  await record([
    {
      type: 'progress',
      step,
      data: { step, max_steps: task.limits.max_steps, note: `Summarising the ${countOf(old.length)}` },
    },
  ])
  const { text, usage } = await summarise({ standing, old, request, windowTokens: room.windowTokens })
  const facts: CompactionFacts = { throughSeq: last.endSeq }
  // Its place in the log is not known yet; nothing has been counted since, so that it comes to the same.
  const summary = { taskId: task.id, seq: Number.MAX_SAFE_INTEGER, ...facts, text }
  const after: Standing = { summary, turns: kept }
  const compaction: AttemptDraft = {
    type: 'compaction',
    step,
    data: {
      conversation_id: task.conversation_id ?? '',
      summary: text,
      turns: room.summarisedTurns + old.length,
      tokens_before: room.takenTokens,
      tokens_after: tokensOf(after, opening),
    },
    private: facts,
  }
  await record([...(usage === null ? [] : [usage]), compaction])
  return after
}

const keptTurns = (
  standing: Standing,
  { opening }: EarlierRequest,
  { windowTokens, takenTokens }: Room,
): readonly ShownTurn[] => {
  const openingTokens = roughTokens(charactersOf(opening))
  const roughly = roughTokens(charactersOf(messagesOfStanding(standing)))
  const factor = Math.min(Math.max((takenTokens - openingTokens) / Math.max(roughly, 1), 1), mostFactor)
  let leftTokens = Math.min(windowTokens * keptShare, windowTokens * filledShare - openingTokens)
  const firstKept = standing.turns.findLastIndex(({ messages }) => {
    leftTokens -= roughTokens(charactersOf(messages)) * factor
    return leftTokens < 0
  })
  return standing.turns.slice(firstKept + 1)
}

const countOf = (turns: number): string => (turns === 1 ? 'oldest turn' : `${turns} oldest turns`)
