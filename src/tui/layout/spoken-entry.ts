import { sanitize, sanitizeLine } from '../../protocol/sanitize.ts'
import { isFinal } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import { presentedIn, type CallEntry, type Entry, type NodeEntry } from '../state/entry.ts'
import { placeInLine } from '../state/selectors.ts'
import { needsUser } from '../state/task-order.ts'
import { parentOf } from '../state/task-tree.ts'
import type { WatchState } from '../state/watch-state.ts'
import { adviceOn } from './advice.ts'
import { callSummary } from './call-summary.ts'
import { cost, count, duration, ordinal, plural, size } from './format.ts'
import { spokenPresentation } from './chart/spoken-presentation.ts'
import { cut } from './line.ts'
import { kindPrefix } from '../../protocol/kind-prefix.ts'
import { statusWords } from './signs.ts'

const longestPrompt = 200
const longestText = 4_000
const longestResult = 300

/** A task as one spoken sentence: what the row of the list and the title above its transcript show. */
export const spokenTask = (state: WatchState, task: Task): string => {
  const { step, max_steps: maxSteps } = task.progress
  const { total_tokens: tokens, cost_usd: costUsd } = task.usage
  const place = placeInLine(state, task.id)
  const parent = parentOf(state, task)
  const facts = [
    // What went wrong is the last word of its transcript.
    task.status === 'failed' ? 'failed' : spokenStatus(state, task),
    ...(parent === null ? [] : [`part of task ${parent.number}`]),
    ...(place === null ? [] : [`${ordinal(place)} in line`]),
    ...(step > 0 && !isFinal(task.status)
      ? [maxSteps === null ? `step ${step}` : `step ${step} of ${maxSteps}`]
      : []),
    ...(tokens > 0 ? [`${count(tokens)} tokens`] : []),
    ...(costUsd === null || costUsd === 0 ? [] : [cost(costUsd)]),
  ]
  return `Task ${task.number}, ${facts.join(', ')}: ${kindPrefix(task)}${cut(sanitizeLine(task.prompt), longestPrompt)}`
}

/** The status in words, with what it waits for, or what went wrong. */
export const spokenStatus = (state: WatchState, task: Task): string => {
  const words = statusWords(task, (id) => state.tasks.get(id)?.number ?? null)
  if (needsUser(task)) return 'waiting for your approval'
  if (task.status === 'waiting') return `waiting for ${words}`
  if (task.status === 'failed' && task.error !== null) return `failed, ${sanitizeLine(task.error.message)}`
  if (task.status === 'blocked') return `blocked, ${words}`
  if (task.status === 'scheduled') return `scheduled ${words}`
  return task.status === 'completed' ? 'completed' : words
}

/** What an entry says, as lines without signs and columns. `isWhole`: with all of a result. */
export const spokenEntry = (entry: Entry, isWhole = false): readonly string[] => {
  switch (entry.kind) {
    case 'note':
      return linesOf(entry.text)
    case 'text': {
      const voice = entry.voice === 'thought' ? 'Thought' : entry.voice === 'user' ? 'User' : 'Answer'
      return linesOf(`${voice}: ${entry.text}`)
    }
    case 'call':
      return [spokenCall(entry), ...(entry.outcome === null ? [] : spokenOutcome(entry, isWhole))]
    case 'node':
      return [spokenNode(entry), ...(isWhole ? linesOf(entry.text) : [])]
    case 'search':
      return [
        `${plural(entry.results.length, 'result')} for ${cut(sanitizeLine(entry.query), longestPrompt)}`,
        ...(isWhole ? entry.results.map(({ title, url }) => sanitizeLine(`${title}: ${url}`)) : []),
        ...(isWhole ? linesOf(entry.synthesis) : []),
      ]
    case 'summary':
      return [entry.text, ...(isWhole ? linesOf(entry.summary) : [])]
    case 'failure': {
      const goesOn = entry.retryable && !entry.final
      if (!entry.final) return linesOf(`Error: ${entry.message}${goesOn ? '. Trying again.' : ''}`)
      const { means, tryThis } = adviceOn(entry.code)
      return [...linesOf(`Failed: ${entry.message}`), means, ...(tryThis === null ? [] : [tryThis])]
    }
  }
}

const spokenNode = ({ node, status, summary, durationMs }: NodeEntry): string => {
  const name = `Node ${sanitizeLine(node)}`
  const took = durationMs === null ? '' : `, ${duration(durationMs)}`
  const what = summary === '' ? '' : `: ${cut(sanitizeLine(summary), longestResult)}`
  if (status === 'executing') return `${name} begins`
  return status === 'left' ? `${name} was left before its end` : `${name} ${status}${took}${what}`
}

/** Which call it is. */
export const spokenCall = ({ name, args }: CallEntry): string =>
  cut(`Tool ${sanitizeLine(name)} ${callSummary(name, args)}`.trimEnd(), longestPrompt)

/** How a call ended. */
export const spokenOutcome = (entry: CallEntry, isWhole: boolean): readonly string[] => {
  const { name, outcome } = entry
  if (outcome === null) return []
  const presentation = presentedIn(entry)
  if (presentation !== null) return spokenPresentation(presentation, isWhole)
  const text = sanitize(outcome.text).trim()
  const head = `${sanitizeLine(name)}: ${outcome.status}, ${duration(outcome.durationMs)}`
  if (text === '') return [`${head}, no output`]
  if (isWhole) return [head, ...linesOf(text)]
  const lines = text.split('\n')
  const extent = outcome.truncated
    ? `, ${size(outcome.bytes)}`
    : lines.length > 1
      ? `, ${plural(lines.length, 'line')}`
      : ''
  return [`${head}${extent}: ${cut(sanitizeLine(lines[0] ?? ''), longestResult)}`]
}

const linesOf = (text: string): readonly string[] => {
  const clean = sanitize(text).trim()
  const shown = clean.length <= longestText ? clean : `${clean.slice(0, longestText)} …`
  return shown.split('\n').filter((line) => line.trim() !== '')
}
