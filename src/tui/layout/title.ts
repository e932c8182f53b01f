import { sanitizeLine } from '../../protocol/sanitize.ts'
import { isFinal } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import { placeInLine, selectedTask } from '../state/selectors.ts'
import { filterWords } from '../state/entry-filter.ts'
import type { WatchState } from '../state/watch-state.ts'
import { bar, clock, cost, count, ordinal } from './format.ts'
import { demoModel } from './header.ts'
import { cutLine, lineWidth, rule, span, type Line, type Span } from './line.ts'
import { panesOf } from './panes.ts'
import { newBelow } from './rules.ts'
import { momentOf, statusTone, statusWords } from './signs.ts'

/** What stands above a transcript: which task, how far it is, and a rule. As many rows as the panes leave for it. */
export const titleLines = (state: WatchState, focus: Focus = 'only'): readonly Line[] => {
  const { titleHeight, paneWidth } = panesOf(state.size)
  const task = selectedTask(state)
  if (titleHeight === 0) return []
  if (titleHeight === 1) return [ruleTitle(state, task, focus, paneWidth)]
  const labels = [...filterSpans(state), ...(focus === 'only' ? [] : newBelow(state))]
  if (task === null) return [[], [], ruleWith(labels, paneWidth)]
  const width = paneWidth - 1
  return [
    cutLine(
      [
        focusMark(focus),
        span(`${task.number} `, 'strong'),
        span(sanitizeLine(task.prompt), focus === 'no' ? 'plain' : 'strong'),
      ],
      width,
    ),
    cutLine([span(' '), ...factSpans(state, task, width - 1)], width),
    ruleWith(labels, paneWidth),
  ]
}

/** Whether a transcript is one of several, and if so, whether it has the keyboard. */
export type Focus = 'only' | 'yes' | 'no'

const focusMark = (focus: Focus): Span => (focus === 'yes' ? span('▸', 'running') : span(' '))

/** All in the rule itself. Where there is no list, nothing else says what the task is about. */
const ruleTitle = (state: WatchState, task: Task | null, focus: Focus, width: number): Line => {
  if (task === null) return rule(width)
  const right = [...filterSpans(state), ...newBelow(state)]
  const room = Math.max(0, width - lineWidth(right) - 4)
  const facts = factSpans(state, task, room - 5)
  const isListed = state.size.hasList !== false && focus === 'only'
  const prompt = isListed ? [] : [span(` · `, 'dim'), span(sanitizeLine(task.prompt), 'dim')]
  const number = span(`${task.number} `, focus === 'no' ? 'plain' : 'strong')
  const shown = cutLine([number, ...facts, ...prompt], room)
  const between = width - lineWidth(shown) - lineWidth(right) - 4
  const mark = focus === 'yes' ? [focusMark(focus)] : rule(1)
  return [...mark, span(' '), ...shown, span(' '), ...rule(between), ...right, ...rule(1)]
}

/** Status, step, time, tokens, cost, attempt, agent: what is known of them, as many as fit. */
const factSpans = (state: WatchState, task: Task, width: number): readonly Span[] => {
  const numberOf = (id: string): number | null => state.tasks.get(id)?.number ?? null
  const { step } = task.progress
  const place = placeInLine(state, task.id)
  const { total_tokens: tokens, cost_usd: costUsd } = task.usage
  const facts: readonly Span[] = [
    span(standingOf(task, statusWords(task, numberOf)), statusTone(task.status)),
    ...(task.model === demoModel ? [span(`${demoModel} is no language model`, 'waiting')] : []),
    ...(place === null ? [] : [span(`${ordinal(place)} in line`, 'dim')]),
    ...(step > 0 ? [stepSpan(task, width)] : []),
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

/** "step 7/50 █░░░░░░░": the bar while it runs and where there is room for it. */
const stepSpan = ({ status, progress }: Task, width: number): Span => {
  const { step, max_steps: maxSteps } = progress
  if (maxSteps === null) return span(`step ${step}`, 'dim')
  const words = `step ${step}/${maxSteps}`
  return span(width < 44 || isFinal(status) ? words : `${words} ${bar(step / maxSteps, 8)}`, 'dim')
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
  const words = filterWords(view.filter)
  return words === '' ? [] : [span(` ${words} `, 'waiting')]
}

const ruleWith = (label: readonly Span[], width: number): Line => {
  if (label.length === 0) return rule(width)
  const shown = cutLine(label, Math.max(0, width - 2))
  return [...rule(width - lineWidth(shown) - 1), ...shown, ...rule(1)]
}
