import { sanitizeLine } from '../../protocol/sanitize.ts'
import { isFinal } from '../../protocol/status.ts'
import { entryKinds, isKindShown, type EntryFilter } from '../state/entry-filter.ts'
import { placeOfMatch } from '../state/find.ts'
import { bindings, type Verb } from '../state/keymap.ts'
import { callerOf, partInView } from '../state/go-to-part.ts'
import { replayBindings } from '../state/replay-keymap.ts'
import { isQueued, selectedTask } from '../state/selectors.ts'
import type { EditLine } from '../state/edit-line.ts'
import type { Pager } from '../state/pager.ts'
import type { Notice, WatchState } from '../state/watch-state.ts'
import { pagerPlace } from './pager-lines.ts'
import { cut, cutLine, fitLine, keepEnd, lineWidth, span, spread, widthOf, type Line } from './line.ts'

/** The last row: the line of input that is open, the question that is asked, what just happened, or the keys. */
export const footerLine = (state: WatchState): Line => {
  const width = state.size.columns
  const { mode, notice } = state
  switch (mode.kind) {
    case 'add':
      return inputLine('add task', mode.line, '⏎ queue  esc leave', width)
    case 'search':
      return inputLine('search tasks', mode.line, '⏎ keep  tab transcript  esc clear', width)
    case 'find': {
      const keys = `${placeOfMatch(state)}  ↑↓ next  ⏎ keep  esc back`
      return inputLine('find', mode.line, width < 60 ? placeOfMatch(state) : keys, width)
    }
    case 'pager':
      return pagerFooter(mode.pager, notice, width)
    case 'filter':
      return filterLine(state.view.filter, width)
    case 'confirm_cancel': {
      const number = state.tasks.get(mode.taskId)?.number ?? mode.taskId
      return fitLine(
        [span(` Cancel task ${number}?`, 'waiting'), span('  y yes  any other key no', 'dim')],
        width,
      )
    }
    case 'help':
      return fitLine([span(' ↑↓ scroll  any other key closes', 'dim')], width)
    case 'browse':
      if (notice !== null) return noticeLine(notice, width)
      return keysLine(state, width)
  }
}

/** The keys that make sense at the moment, as many as fit; help and quit always. */
const keysLine = (state: WatchState, width: number): Line => {
  const always = hints(['help', 'quit'])
  const search = searchSpans(state, width)
  const room = width - lineWidth(always) - lineWidth(search)
  if (state.replay !== null) {
    const shown: (readonly [string, string])[] = []
    for (const hint of replayHints()) {
      if (lineWidth(hintSpans([...shown, hint])) > room) break
      shown.push(hint)
    }
    return fitLine([...search, ...hintSpans(shown), ...always], width)
  }
  const fitting: Verb[] = []
  for (const verb of usefulVerbs(state)) {
    if (lineWidth(hints([...fitting, verb])) > room) break
    fitting.push(verb)
  }
  return fitLine([...search, ...hints(fitting), ...always], width)
}

const replayHints = (): readonly (readonly [string, string])[] =>
  replayBindings.flatMap(({ footer }) => (footer === null ? [] : [footer]))
const pagerFooter = (pager: Pager, notice: Notice | null, width: number): Line => {
  const place = pagerPlace(pager)
  if (pager.typing !== null) return inputLine('find', pager.typing, place, width)
  if (notice !== null) return noticeLine(notice, width)
  const searched: Line =
    place === '' ? [] : [span(` / ${cut(sanitizeLine(pager.query), 24)}  ${place} `, 'waiting')]
  const keys: readonly (readonly [string, string])[] = [
    ['q', 'back'],
    ['↑↓', 'scroll'],
    ['space', 'page'],
    ['/', 'find'],
    ...(place === '' ? [] : [['n/N', 'next'] as const]),
    ['o', 'in $PAGER'],
    ['v', 'in $EDITOR'],
    ['g/G', 'top/end'],
  ]
  return fitLine([...searched, ...hintSpans(keys)], width)
}

const noticeLine = (notice: Notice, width: number): Line => {
  const sign = notice.tone === 'failed' ? '✗ ' : ''
  return fitLine([span(` ${sign}${sanitizeLine(notice.text)}`, notice.tone)], width)
}

/** What is searched: words in the transcript, or else the tasks of the list. */
const searchSpans = (state: WatchState, width: number): Line => {
  const { find } = state.view
  const query = find === null ? state.search : find.query
  if (query === '') return []
  const shown = cut(sanitizeLine(query), Math.max(8, Math.floor(width / 4)))
  const place = find === null ? '' : `  ${placeOfMatch(state)}`
  const hint = width < 60 ? '' : find === null ? '  esc clears' : '  n/N next  esc ends'
  return [span(` / ${shown}`, 'waiting'), span(place), span(hint, 'dim')]
}

/** Each kind of entries with its key and whether it is shown; the words only where there is room for them. */
const filterLine = (filter: EntryFilter, width: number): Line => {
  const line = (hasWords: boolean): Line => [
    span(' show ', 'running'),
    ...entryKinds.flatMap((kind) => filterSpans(kind.key, kind.word, isKindShown(kind, filter), hasWords)),
    ...filterSpans('e', 'only errors', filter.preset === 'errors', hasWords),
    span(' a', 'strong'),
    span(' all', 'dim'),
  ]
  const long = line(true)
  return fitLine(lineWidth(long) <= width ? long : line(false), width)
}

const filterSpans = (key: string, word: string, isOn: boolean, hasWords: boolean): Line => [
  span(isOn ? '+' : '-', isOn ? 'done' : 'dim'),
  span(key, 'strong'),
  span(hasWords ? ` ${word}  ` : ' ', isOn ? 'plain' : 'dim'),
]

const usefulVerbs = (state: WatchState): readonly Verb[] => {
  const task = selectedTask(state)
  if (task === null) return ['add']
  const inTranscript = state.view.cursor !== null
  const isScrolled = state.view.anchor !== null
  const useful: readonly [Verb, boolean][] = [
    ['follow', isScrolled],
    ['next', !inTranscript],
    ['open', !inTranscript],
    ['back', inTranscript],
    ['next_pane', (state.size.tiles ?? 1) > 1],
    ['delegated', partInView(state) !== null],
    ['parent', callerOf(state) !== null],
    ['fold', true],
    [isFinal(task.status) ? 'retry' : 'cancel', true],
    ['why', isQueued(task)],
    ['add', true],
    ['page_down', true],
    ['filter', true],
    ['search', true],
    ['next_error', true],
    ['replay', true],
    ['pin', true],
    ['next_call', inTranscript],
  ]
  return useful.flatMap(([verb, isUseful]) => (isUseful ? [verb] : []))
}

const hints = (verbs: readonly Verb[]): Line =>
  hintSpans(verbs.map((verb) => bindings.find((binding) => binding.verb === verb)?.footer ?? [verb, '']))

const hintSpans = (shown: readonly (readonly [string, string])[]): Line =>
  shown.flatMap(([keys, word]) => [span(` ${keys}`, 'strong'), span(` ${word} `, 'dim')])

const inputLine = (label: string, line: EditLine, keys: string, width: number): Line => {
  const before = sanitizeLine(line.before.replaceAll('\n', '⏎'))
  const after = sanitizeLine(line.after.replaceAll('\n', '⏎'))
  const left: Line = [span(` ${label} › `, 'running')]
  const hint: Line = width < 60 && keys.length > 10 ? [] : [span(`  ${keys} `, 'dim')]
  const room = Math.max(4, width - lineWidth(left) - lineWidth(hint) - 1)
  const shownBefore = keepEnd(before, room - Math.min(8, widthOf(after)))
  const shownAfter = cut(after, room - widthOf(shownBefore))
  return spread(
    cutLine([...left, span(shownBefore), span('▌', 'running'), span(shownAfter)], width),
    hint,
    width,
  )
}
