import { agentName } from '../../protocol/delegated.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import { isFinal } from '../../protocol/status.ts'
import type { Task, Usage } from '../../protocol/task.ts'
import { placeInLine } from '../state/selectors.ts'
import { depthOf } from '../state/task-tree.ts'
import type { WatchState } from '../state/watch-state.ts'
import { age, cost, count, ordinal } from './format.ts'
import { fitLine, lineWidth, padStart, span, widthOf, type Line, type Span, type Tone } from './line.ts'
import { statusTone, statusWords, taskSign } from './signs.ts'
import { kindPrefix } from '../../protocol/kind-prefix.ts'

interface Column {
  readonly width: number
  /** Those with the lowest rank get a place first. */
  readonly rank: number
  valueOf(task: Task, state: WatchState): string
  toneOf(task: Task): Tone
}

const columns: readonly Column[] = [
  { width: 9, rank: 0, valueOf: (task, state) => stateOf(task, state), toneOf: (task) => stateTone(task) },
  { width: 4, rank: 1, valueOf: (task, { clock }) => age(clock.nowMs - sinceMs(task)), toneOf: () => 'dim' },
]
const tokensColumn: Column = {
  width: 5,
  rank: 3,
  valueOf: ({ usage }) => tokensOf(usage),
  toneOf: () => 'dim',
}
const costColumn: Column = { width: 6, rank: 2, valueOf: ({ usage }) => costOf(usage), toneOf: () => 'dim' }
/** The state comes before a longer prompt; a longer prompt before all else. */
const promptBeside = (column: Column): number => (column.rank === 0 ? 12 : 26)

export interface RowLayout {
  readonly width: number
  /** Columns of the widest task number in the list. */
  readonly numberWidth: number
}

/** A row of the list: which task, its sign, its prompt, and as many columns as there is room for. */
export const taskRow = (state: WatchState, task: Task, { width, numberWidth }: RowLayout): Line => {
  const isSelected = task.id === state.selectedId
  const besidePrompt = numberWidth + 5
  const cells = columnsFor(state, width - besidePrompt).map((column) => cell(column, task, state))
  const promptWidth = Math.max(0, width - besidePrompt - lineWidth(cells))
  const branch = branchOf(state, task, promptWidth)
  const tone: Tone = isSelected ? 'strong' : isFinal(task.status) ? 'dim' : 'plain'
  return fitLine(
    [
      span(isSelected ? (state.view.cursor === null ? '▸' : '▹') : ' ', 'running'),
      span(`${padStart(String(task.number), numberWidth)} `, tone),
      span(`${taskSign(task, state.clock.tick)} `, statusTone(task.status)),
      ...fitLine(
        [span(branch, 'dim'), span(kindPrefix(task), 'dim'), span(sanitizeLine(task.prompt), tone)],
        promptWidth,
      ),
      ...cells,
      span(' '),
    ],
    width,
  )
}

/** What was delegated stands below the one that has, and a little to the right of it. */
const branchOf = (state: WatchState, task: Task, width: number): string => {
  const depth = state.search === '' ? depthOf(state, task) : 0
  if (depth === 0) return ''
  const indented = `${' '.repeat((depth - 1) * 2)}└ `
  const named = `${indented}${sanitizeLine(agentName(task))}: `
  return width - widthOf(named) >= 20 ? named : width - widthOf(indented) >= 8 ? indented : '└'
}

/** How wide the number of any listed task is. */
export const numberWidthOf = ({ tasks }: WatchState): number => {
  let largest = 10
  for (const { number } of tasks.values()) largest = Math.max(largest, number)
  return String(largest).length
}

const cell = (column: Column, task: Task, state: WatchState): Span =>
  span(` ${padStart(column.valueOf(task, state), column.width)}`, column.toneOf(task))

const columnsFor = (state: WatchState, width: number): readonly Column[] => {
  let left = width
  const worthwhile = columnsWorthwhile(state.tasks)
  return worthwhile
    .toSorted((a, b) => a.rank - b.rank)
    .filter((column) => (left -= column.width + 1) >= promptBeside(column))
    .toSorted((a, b) => worthwhile.indexOf(a) - worthwhile.indexOf(b))
}

const worthwhileOf = new WeakMap<WatchState['tasks'], readonly Column[]>()

/** A column in which no task has anything to say would only take room from the prompts. */
const columnsWorthwhile = (tasks: WatchState['tasks']): readonly Column[] => {
  const known = worthwhileOf.get(tasks)
  if (known !== undefined) return known
  let hasTokens = false
  let hasCost = false
  for (const { usage } of tasks.values()) {
    hasTokens ||= usage.total_tokens > 0
    hasCost ||= (usage.cost_usd ?? 0) > 0
  }
  const worthwhile = [...columns, ...(hasTokens ? [tokensColumn] : []), ...(hasCost ? [costColumn] : [])]
  worthwhileOf.set(tasks, worthwhile)
  return worthwhile
}

const tokensOf = (usage: Usage): string => (usage.total_tokens === 0 ? '' : count(usage.total_tokens))

const costOf = (usage: Usage): string => (usage.cost_usd === null ? '' : cost(usage.cost_usd))

const stateOf = (task: Task, state: WatchState): string => {
  const { step, max_steps: maxSteps } = task.progress
  if (task.status === 'in_progress' && step > 0)
    return maxSteps === null ? `step ${step}` : `${step}/${maxSteps}`
  const place = placeInLine(state, task.id)
  if (place !== null) return place === 1 ? 'next' : `${ordinal(place)} up`
  // Its column is too narrow for the whole of it.
  if (task.status === 'waiting' && task.waiting_for?.kind === 'rate_limit') return 'limited'
  return statusWords(task, (id) => state.tasks.get(id)?.number ?? null)
}

/** The sign has the colour already; the past is dim, unless it went wrong. */
const stateTone = (task: Task): Tone => {
  const tone = statusTone(task.status)
  return tone === 'plain' || tone === 'done' ? 'dim' : tone
}

/** When the task came into its present state: began, ended, or was added. */
const sinceMs = (task: Task): number => {
  const since = isFinal(task.status)
    ? (task.finished_at ?? task.updated_at)
    : task.status === 'in_progress'
      ? (task.started_at ?? task.created_at)
      : task.created_at
  return Date.parse(since)
}
