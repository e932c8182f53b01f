import { itemAt } from '../state/chunked.ts'
import { isShown } from '../state/entry-filter.ts'
import { foldIdOf, type Entry } from '../state/entry.ts'
import { isUnfolded } from '../state/selectors.ts'
import type { WatchState } from '../state/watch-state.ts'
import { plural } from './format.ts'
import { spokenCall, spokenEntry, spokenOutcome } from './spoken-entry.ts'

/** More at once are summed up: nobody listens to a hundred lines. */
const mostAtOnce = 8

/** What is new in the selected task's transcript, and the entry to which a key went. */
export const spokenTranscript = (before: WatchState, after: WatchState): readonly string[] => {
  const { transcript, view } = after
  if (transcript === null || transcript.loading) return []
  const former = before.transcript?.taskId === transcript.taskId ? before.transcript : null
  const isFirst = former === null || former.loading
  const { entries } = transcript
  if (view.cursor !== null && (view.cursor !== before.view.cursor || isFoldChanged(before, after))) {
    const entry = itemAt(entries, view.cursor)
    return entry === undefined ? [] : spokenEntry(entry, isWholeIn(after, entry))
  }
  // Of what was there before anybody looked, the last word is enough.
  const end = former?.entries.end ?? 0
  const isBackwards = !isFirst && entries.end < end
  const fresh = isFirst || isBackwards ? lastWord(after) : shownFrom(after, end)
  const told = fresh
    .slice(-mostAtOnce)
    .flatMap((entry) =>
      entry.kind === 'call' && entry.outcome === null
        ? [spokenCall(entry)]
        : spokenEntry(entry, isWholeIn(after, entry)),
    )
  const left = fresh.length - mostAtOnce
  return [
    ...(isFirst || isBackwards ? [] : outcomeLines(before, after)),
    ...(left > 0 ? [`${plural(left, 'entry', 'entries')} before that.`] : []),
    ...told,
  ]
}

const shownFrom = ({ transcript, view }: WatchState, from: number): readonly Entry[] => {
  if (transcript === null) return []
  const { entries } = transcript
  const shown: Entry[] = []
  for (let index = Math.max(from, entries.start); index < entries.end; index++) {
    const entry = itemAt(entries, index)
    if (entry !== undefined && isShown(entry, view.filter)) shown.push(entry)
  }
  return shown
}

/** The last thing that was said or done; its status was told already. */
const lastWord = ({ transcript, view }: WatchState): readonly Entry[] => {
  if (transcript === null) return []
  const { entries } = transcript
  for (let index = entries.end - 1; index >= entries.start; index--) {
    const entry = itemAt(entries, index)
    if (entry === undefined || !isShown(entry, view.filter)) continue
    if (entry.kind !== 'note' || entry.status === null) return [entry]
  }
  return []
}

/** Calls that were open and have come back, nodes that were under way and have ended. */
const outcomeLines = (before: WatchState, after: WatchState): readonly string[] => [
  ...[...(before.transcript?.openNodes.values() ?? [])].flatMap((index) => {
    const entry = after.transcript === null ? undefined : itemAt(after.transcript.entries, index)
    const hasEnded = entry?.kind === 'node' && entry.status !== 'executing'
    return hasEnded && isShown(entry, after.view.filter) ? spokenEntry(entry) : []
  }),
  ...[...(before.transcript?.openCalls ?? [])].flatMap(([callId, index]) => {
    const entry = after.transcript === null ? undefined : itemAt(after.transcript.entries, index)
    if (entry?.kind !== 'call' || entry.callId !== callId || entry.outcome === null) return []
    return isShown(entry, after.view.filter) ? spokenOutcome(entry, isWholeIn(after, entry)) : []
  }),
]

const isWholeIn = ({ view }: WatchState, entry: Entry): boolean => isUnfolded(view, foldIdOf(entry) ?? '', -1)

const isFoldChanged = (before: WatchState, after: WatchState): boolean =>
  before.view.flipped !== after.view.flipped || before.view.unfoldAll !== after.view.unfoldAll
