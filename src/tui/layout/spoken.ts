import type { Connection } from '../../client/feed.ts'
import { sanitize, sanitizeLine } from '../../protocol/sanitize.ts'
import { lineText } from '../state/edit-line.ts'
import { entryKinds, filterWords } from '../state/entry-filter.ts'
import { keyHelp } from '../state/key-help.ts'
import type { Pager } from '../state/pager.ts'
import { listedIds, selectedTask, totalsOf } from '../state/selectors.ts'
import type { WatchState } from '../state/watch-state.ts'
import { clock, plural } from './format.ts'
import { spokenStatus, spokenTask } from './spoken-entry.ts'
import { spokenTranscript } from './spoken-transcript.ts'

/** More of one kind at once are summed up: nobody listens to a hundred lines. */
const mostAtOnce = 8
const longestPage = 100_000

/**
 * What became different from one state of the screen to the next, as text for somebody who listens: what was typed,
 * what the keys did, what happened. Whole lines, but for the line of input while one is open; empty where nothing
 * that matters did.
 */
export const spokenSince = (before: WatchState, after: WatchState): string => {
  const lines = spokenChanges(before, after)
  const [former, line] = [inputIn(before), inputIn(after)]
  if (line === null || former === null) return `${former ? '\n' : ''}${joined(lines)}${line ?? ''}`
  if (lines.length > 0) return `${former === '' ? '' : '\n'}${joined(lines)}${line}`
  return line.startsWith(former) ? line.slice(former.length) : `\n${line}`
}

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

const inputIn = ({ mode }: WatchState): string | null =>
  'line' in mode ? sanitizeLine(lineText(mode.line)) : null

const spokenChanges = (before: WatchState, after: WatchState): readonly string[] => [
  ...connectionLines(before, after),
  ...modeLines(before, after),
  ...noticeLines(before, after),
  ...replayLines(before, after),
  ...statusLines(before, after),
  // What moves while one types is told when the line is closed.
  ...(inputIn(after) === null
    ? [...selectionLines(before, after), ...spokenTranscript(before, after), ...filterLines(before, after)]
    : []),
  ...whyLines(before, after),
]

/** How things stand when the screen opens, or is asked for anew. */
export const spokenOverview = (state: WatchState): readonly string[] => {
  const task = selectedTask(state)
  const { counts, needsUser } = totalsOf(state)
  const queued = counts.pending + counts.scheduled + counts.blocked + counts.paused
  const totals = [
    `${counts.in_progress} running`,
    `${queued} queued`,
    ...(needsUser > 0 ? [`${needsUser} waiting for your approval`] : []),
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...(counts.completed > 0 ? [`${counts.completed} done`] : []),
  ]
  return [
    `${spokenConnection(state.connection)} ${totals.join(', ')}.`,
    ...(task === null ? ['No tasks yet. Press a to add one.'] : [`Selected: ${spokenTask(state, task)}`]),
  ]
}

const connectionLines = (before: WatchState, { connection, replay }: WatchState): readonly string[] =>
  replay !== null || spokenConnection(before.connection) === spokenConnection(connection)
    ? []
    : [spokenConnection(connection)]

const spokenConnection = (connection: Connection): string => {
  switch (connection.state) {
    case 'connecting':
      return 'Connecting.'
    case 'replaying':
      return `Catching up with ${plural(connection.behind, 'event')}.`
    case 'live':
      return connection.degraded === undefined
        ? 'Live.'
        : `Live, degraded: ${sanitizeLine(connection.degraded)}.`
    case 'reconnecting':
      return `Connection lost: ${sanitizeLine(connection.reason)}. Trying again.`
  }
}

const modeLines = (before: WatchState, after: WatchState): readonly string[] => {
  const { mode } = after
  if (mode.kind === 'pager') return pagerLines(before, mode.pager)
  if (mode.kind === before.mode.kind) return []
  switch (mode.kind) {
    case 'confirm_cancel': {
      const number = after.tasks.get(mode.taskId)?.number ?? mode.taskId
      return [`Cancel task ${number}? y for yes, any other key for no.`]
    }
    case 'add':
      return ['New task. Type its prompt; Enter queues it, Escape leaves.']
    case 'search':
      return ['Search. Type words; Enter keeps them, Escape clears them.']
    case 'find':
      return ['Find in the transcript. Type words; Enter keeps them, Escape ends.']
    case 'filter':
      return [
        `Filter. ${entryKinds.map(({ key, word }) => `${key} ${word}`).join(', ')}, e only errors, a everything; any other key closes.`,
      ]
    case 'help':
      return keyHelp(after.replay !== null).flatMap((section) =>
        section.map(({ keys, help }) => `${spokenKeys(keys)}: ${help}.`),
      )
    case 'browse': {
      if (before.mode.kind !== 'search') return []
      return [
        after.search === '' ? 'All tasks.' : `${plural(listedIds(after).length, 'task')} with these words.`,
      ]
    }
  }
}

/** The whole text as soon as it is there; whoever listens has no use for pages. */
const pagerLines = ({ mode: before }: WatchState, pager: Pager): readonly string[] => {
  const title = sanitizeLine(pager.title)
  const isOpen = before.kind === 'pager'
  if (isOpen && (before.pager.waitsFor === null || pager.waitsFor !== null)) return []
  if (pager.waitsFor !== null) return [`${title}. The whole text is being fetched.`]
  const { text, lines } = pager.paged
  const told =
    text.length <= longestPage ? text : `${text.slice(0, longestPage)}\n… and more; o opens it in your pager.`
  return [
    ...(isOpen ? [] : [`${title}, ${plural(lines, 'line')}.`]),
    ...sanitize(told).trimEnd().split('\n'),
    'End of the text. Escape goes back.',
  ]
}

const spokenKeys = (keys: string): string =>
  keys
    .split(' ')
    .map((key) => spokenKey[key] ?? (key.startsWith('^') ? `control ${key.slice(1)}` : key))
    .join(', ')

const spokenKey: Readonly<Record<string, string>> = {
  '↑': 'up',
  '↓': 'down',
  '←': 'left',
  '→': 'right',
  '⏎': 'Enter',
  '⇧Tab': 'Shift Tab',
  '?': 'question mark',
  '/': 'slash',
  '|': 'bar',
  ',': 'comma',
  '.': 'full stop',
  '+': 'plus',
  '-': 'minus',
  '…': 'to',
}

const noticeLines = (before: WatchState, { notice }: WatchState): readonly string[] => {
  if (notice === null || notice === before.notice) return []
  return [`${notice.tone === 'failed' ? 'Error: ' : ''}${sanitizeLine(notice.text)}`]
}

const replayLines = ({ replay: before }: WatchState, { replay: after }: WatchState): readonly string[] => {
  if (after?.recording == null || after.moment === null || before === null) return []
  const { position } = after.moment
  const count = after.recording.events.length
  const place = `event ${position} of ${count}`
  if (before.recording === null)
    return [`Replay at ${after.speed} times the speed, ${plural(count, 'event')}.`]
  const lines: string[] = []
  if (after.speed !== before.speed) lines.push(`${after.speed} times the speed.`)
  if (after.isPlaying !== before.isPlaying) {
    lines.push(
      after.isPlaying ? `Playing from ${place}.` : `${position === count ? 'End' : 'Paused'}, ${place}.`,
    )
  } else if (!after.isPlaying && position !== before.moment?.position) {
    lines.push(`${place}, ${clock(after.playheadMs)} into the replay.`)
  }
  return lines
}

const statusLines = (before: WatchState, after: WatchState): readonly string[] => {
  if (before.tasks === after.tasks || before.connection.state === 'connecting') return []
  const lines: string[] = []
  for (const [id, task] of after.tasks) {
    const former = before.tasks.get(id)
    if (former === task || (former !== undefined && former.status === task.status)) continue
    const isNew = former === undefined && task.status !== 'in_progress'
    const prompt =
      former === undefined || task.status === 'in_progress' ? `: ${sanitizeLine(task.prompt)}` : ''
    const status = id === after.selectedId && task.status === 'failed' ? 'failed' : spokenStatus(after, task)
    lines.push(`Task ${task.number} ${isNew ? 'added, ' : ''}${status}${prompt}`)
  }
  for (const [id, { number }] of before.tasks) if (!after.tasks.has(id)) lines.push(`Task ${number} is gone.`)
  return lines.length <= mostAtOnce
    ? lines
    : [`${plural(lines.length, 'task')} changed. ${spokenOverview(after)[0]}`]
}

const selectionLines = (before: WatchState, after: WatchState): readonly string[] => {
  const task = selectedTask(after)
  if (task === null || after.replay !== null) return []
  const isFound = before.mode.kind === 'search' && after.mode.kind !== 'search'
  return isFound || before.selectedId !== after.selectedId ? [`Selected: ${spokenTask(after, task)}`] : []
}

const filterLines = ({ view: before }: WatchState, { view: after }: WatchState): readonly string[] => {
  if (before.filter !== after.filter) return [`Showing ${filterWords(after.filter) || 'everything'}.`]
  if (before.unfoldAll === after.unfoldAll) return []
  return [after.unfoldAll ? 'Results are told whole.' : 'Results are told by their first line.']
}

const whyLines = (before: WatchState, { why, selectedId }: WatchState): readonly string[] => {
  if (why === null || why.task_id !== selectedId || why.running) return []
  const reasons = why.reasons.map(({ message }) => sanitizeLine(message)).join('; ')
  const former = before.why?.task_id === why.task_id ? before.why.reasons : null
  if (reasons === '' || former?.map(({ message }) => sanitizeLine(message)).join('; ') === reasons) return []
  return [`Not running: ${reasons}.`]
}
