import { sanitizeLine } from '../../protocol/sanitize.ts'
import { isFinal } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import { selectedTask } from '../state/selectors.ts'
import type { WatchState } from '../state/watch-state.ts'
import { clock, cost, count } from './format.ts'
import { demoModel } from './header.ts'
import { cutLine, lineWidth, rule, span, type Line, type Span } from './line.ts'
import { panesOf } from './panes.ts'
import { newBelow } from './rules.ts'
import { momentOf, statusTone, statusWords } from './signs.ts'

/** What stands above the transcript: which task, how far it is, and a rule. As many rows as the panes leave for it. */
export const titleLines = (state: WatchState): readonly Line[] => {
  const { titleHeight, paneWidth, arrangement } = panesOf(state.size)
  const task = selectedTask(state)
  if (titleHeight === 0) return []
  if (arrangement === 'stacked') return [stackedTitle(state, task, paneWidth)]
  if (task === null) return [[], [], ruleWith(filterSpans(state), paneWidth)]
  const width = paneWidth - 1
  return [
    cutLine([span(` ${task.number} `, 'strong'), span(sanitizeLine(task.prompt), 'strong')], width),
    cutLine([span(' '), ...factSpans(state, task, width - 1)], width),
    ruleWith(filterSpans(state), paneWidth),
  ]
}

const stackedTitle = (state: WatchState, task: Task | null, width: number): Line => {
  if (task === null) return rule(width)
  const right = [...filterSpans(state), ...newBelow(state)]
  const room = Math.max(0, width - lineWidth(right) - 4)
  const shown = cutLine([span(`${task.number} `, 'strong'), ...factSpans(state, task, room - 4)], room)
  const between = width - lineWidth(shown) - lineWidth(right) - 4
  return [...rule(1), span(' '), ...shown, span(' '), ...rule(between), ...right, ...rule(1)]
}

/** Status, step, time, tokens, cost, attempt, agent: what is known of them, as many as fit. */
const factSpans = (state: WatchState, task: Task, width: number): readonly Span[] => {
  const numberOf = (id: string): number | null => state.tasks.get(id)?.number ?? null
  const { step, max_steps: maxSteps } = task.progress
  const { total_tokens: tokens, cost_usd: costUsd } = task.usage
  const facts: readonly Span[] = [
    span(standingOf(task, statusWords(task, numberOf)), statusTone(task.status)),
    ...(task.model === demoModel ? [span(`${demoModel} is no language model`, 'waiting')] : []),
    ...(step > 0 ? [span(maxSteps === null ? `step ${step}` : `step ${step}/${maxSteps}`, 'dim')] : []),
    ...(task.started_at === null ? [] : [span(elapsed(task, task.started_at, state.clock.nowMs), 'dim')]),
    ...(tokens > 0 ? [span(`${count(tokens)} tok`, 'dim')] : []),
    ...(costUsd === null ? [] : [span(cost(costUsd), 'dim')]),
    ...(task.attempt > 0 ? [span(`attempt ${attemptOf(task)}`, 'dim')] : []),
    span(`agent ${sanitizeLine(task.agent)}`, 'dim'),
  ]
  const shown: Span[] = []
  for (const fact of facts) {
    const more = shown.length === 0 ? [fact] : [span(' · ', 'dim'), fact]
    if (shown.length === 0 || lineWidth([...shown, ...more]) <= width) shown.push(...more)
  }
  return shown
}

/** The status, until when it waits, and when the next attempt comes. */
const standingOf = ({ status, waiting_for, not_before, started_at }: Task, words: string): string => {
  if (status === 'waiting' && waiting_for?.until)
    return `waiting: ${words} until ${momentOf(waiting_for.until)}`
  const comesAgain = status === 'pending' && started_at !== null && not_before !== null
  return comesAgain ? `${words}, at ${momentOf(not_before)}` : words
}

const attemptOf = ({ attempt, max_attempts: most }: Task): string =>
  most > 1 ? `${attempt}/${most}` : String(attempt)

const elapsed = (task: Task, startedAt: string, nowMs: number): string => {
  const untilMs = isFinal(task.status) && task.finished_at !== null ? Date.parse(task.finished_at) : nowMs
  return clock(untilMs - Date.parse(startedAt))
}

const filterSpans = ({ view }: WatchState): readonly Span[] => {
  const { preset, only, hide } = view.filter
  if (preset !== 'everything') return [span(` only ${preset} `, 'waiting')]
  return only !== null || hide.size > 0 ? [span(' filtered ', 'waiting')] : []
}

const ruleWith = (label: readonly Span[], width: number): Line => {
  if (label.length === 0) return rule(width)
  const shown = cutLine(label, Math.max(0, width - 2))
  return [...rule(width - lineWidth(shown) - 1), ...shown, ...rule(1)]
}
