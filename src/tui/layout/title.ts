import { agentName } from '../../protocol/delegated.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import { isFinal } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import { placeInLine, selectedTask } from '../state/selectors.ts'
import { filterWords } from '../state/entry-filter.ts'
import { parentOf } from '../state/task-tree.ts'
import type { WatchState } from '../state/watch-state.ts'
import { bar, clock, cost, count, ordinal } from './format.ts'
import { demoModel } from './header.ts'
import { cutLine, lineWidth, rule, span, type Line, type Span } from './line.ts'
import { panesOf } from './panes.ts'
import { newBelow } from './rules.ts'
import { kindPrefix } from '../../protocol/kind-prefix.ts'
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
        span(kindPrefix(task), 'dim'),
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
  const prompt = isListed ? [] : [span(` · ${kindPrefix(task)}${sanitizeLine(task.prompt)}`, 'dim')]
  const number = span(`${task.number} `, focus === 'no' ? 'plain' : 'strong')
  const known: Line = [number, ...facts]
  // The first letters of a prompt say nothing.
  const shown = cutLine(room - lineWidth(known) < 10 ? known : [...known, ...prompt], room)
  const between = width - lineWidth(shown) - lineWidth(right) - 4
  const mark = focus === 'yes' ? [focusMark(focus)] : rule(1)
  return [...mark, span(' '), ...shown, span(' '), ...rule(between), ...right, ...rule(1)]
}

/** Status, step, time, tokens, cost, attempt, agent: what is known of them; where not all fits, what matters least goes. */
const factSpans = (state: WatchState, task: Task, width: number): readonly Span[] => {
  const facts = factsOf(state, task)
  while (facts.length > 1 && lineWidth(joined(facts)) > width) {
    const least = Math.max(...facts.map(({ rank }) => rank))
    facts.splice(
      facts.findLastIndex(({ rank }) => rank === least),
      1,
    )
  }
  return joined(facts)
}

/** One with a higher rank goes first. */
interface Fact {
  readonly rank: number
  readonly shown: Span
  /** How it is set off from the one before. */
  readonly gap: string
}

const joined = (facts: readonly Fact[]): readonly Span[] =>
  facts.flatMap(({ shown, gap }, index) => (index === 0 ? [shown] : [span(gap, 'dim'), shown]))

const factsOf = (state: WatchState, task: Task): Fact[] => {
  const numberOf = (id: string): number | null => state.tasks.get(id)?.number ?? null
  const { status, progress, model, attempt, max_attempts: mostAttempts } = task
  const { step, max_steps: maxSteps } = progress
  const place = placeInLine(state, task.id)
  const parent = parentOf(state, task)
  const { total_tokens: tokens, cost_usd: costUsd } = task.usage
  const isHeaderSilent = state.daemon?.model !== demoModel
  const some = (
    isKnown: boolean,
    rank: number,
    words: string,
    tone: Span['tone'] = 'dim',
    gap = ' · ',
  ): Fact[] => (isKnown ? [{ rank, shown: span(words, tone), gap }] : [])
  return [
    ...some(true, 0, standingOf(task, statusWords(task, numberOf)), statusTone(status)),
    ...some(model === demoModel, isHeaderSilent ? 4 : 10, `${demoModel} is no language model`, 'waiting'),
    ...some(place !== null, 1, `${ordinal(place ?? 0)} in line`),
    ...some(step > 0, 2, `step ${step}${maxSteps === null ? '' : `/${maxSteps}`}`),
    ...some(
      step > 0 && maxSteps !== null && !isFinal(status),
      7,
      bar(step / (maxSteps ?? step), 8),
      'dim',
      ' ',
    ),
    ...some(task.started_at !== null, 3, elapsed(task, task.started_at ?? '', state.clock.nowMs)),
    ...some(tokens > 0, 5, `${count(tokens)} tok`),
    ...some(costUsd !== null, 6, cost(costUsd ?? 0)),
    // The first attempt of one is no news.
    ...some(attempt > 0, mostAttempts > 1 ? 4 : 8, `attempt ${attemptOf(task)}`),
    ...some(parent !== null, 2, `part of ${parent?.number}`),
    ...some(true, parent === null ? 9 : 4, `agent ${sanitizeLine(agentName(task))}`),
  ]
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
