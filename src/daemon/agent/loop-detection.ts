import type { Json } from '../../protocol/task.ts'

/** A tool call that is over. */
export interface PastCall {
  readonly name: string
  readonly args: Json
  /** As the reader sees it. */
  readonly result: string
}

/** So many equal calls one after the other end the task, whatever they returned … */
const maxInARow = 5
/** … and so many equal calls with equal results among the latest do too. */
const maxOfLatest = 8
const latest = 20
/** The model is warned from here on. */
const warnInARow = 3

/** Where a model makes the same call again and again: what it does, as a sentence; null where it does not. */
export const loopIn = (calls: readonly PastCall[]): string | null => {
  const recent = calls.slice(-latest)
  const inARow = equalAtEnd(recent)
  if (inARow >= maxInARow) return `${shown(recent.at(-1))} was called ${inARow} times in a row`
  const seen = new Map<string, number>()
  for (const call of recent) {
    const key = JSON.stringify([keyOf(call), call.result])
    const times = (seen.get(key) ?? 0) + 1
    if (times >= maxOfLatest) {
      return `${shown(call)} was called ${times} times within ${recent.length} calls, with the same result each time`
    }
    seen.set(key, times)
  }
  return null
}

/** What to tell the model with the result of its newest call; null where there is nothing to say. */
export const loopWarning = (calls: readonly PastCall[]): string | null => {
  const inARow = equalAtEnd(calls.slice(-latest))
  return inARow < warnInARow
    ? null
    : `[You have made this same call ${inARow} times in a row. Do something else: after ${maxInARow} the task is ended as a loop.]`
}

const equalAtEnd = (calls: readonly PastCall[]): number => {
  const newest = calls.at(-1)
  if (newest === undefined) return 0
  const key = keyOf(newest)
  return calls.length - 1 - calls.findLastIndex((call) => keyOf(call) !== key)
}

/** Equal for equal calls, whatever the order of the members of their arguments. */
const keyOf = ({ name, args }: PastCall): string =>
  JSON.stringify([name, args], (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )

const shown = (call: PastCall | undefined): string => {
  if (call === undefined) return ''
  const text = JSON.stringify(call.args)
  return `${call.name} with ${text.length <= 200 ? text : `${text.slice(0, 200)}…`}`
}
