import type { Action } from './actions.ts'
import { editWith, insert } from './edit-line.ts'
import { filterTyped } from './filter-keys.ts'
import { lookAgain, withFound } from './find.ts'
import { foldFeed, withTasks } from './fold-feed.ts'
import { goTo } from './go-to-part.ts'
import type { KeyPress } from './key-names.ts'
import { moved } from './move.ts'
import { played, replayed, withRecording } from './replay.ts'
import { shownTaskIds } from './selectors.ts'
import { select, withPanes, withSelection } from './selection.ts'
import { pagerTyped, withWholeText } from './pager.ts'
import { findTyped, searchTyped } from './search-keys.ts'
import { appendPage, pageRequested, withWholeResult, type Transcript } from './transcript.ts'
import type { Notice, WatchState } from './watch-state.ts'

/** The state of the screen after an action. Pure. */
export const reduce = (state: WatchState, action: Action): WatchState =>
  sized(withPanes(changed(state, action)))

/** Says how many transcripts, and what else, the screen has to find room for. */
const sized = (state: WatchState): WatchState => {
  const { size } = state
  const tiles = shownTaskIds(state).length
  const hasScrubber = state.replay !== null
  if ((size.tiles ?? 1) === tiles && (size.hasScrubber ?? false) === hasScrubber) return state
  return { ...state, size: { ...size, tiles, hasScrubber } }
}

const changed = (state: WatchState, action: Action): WatchState => {
  switch (action.type) {
    case 'feed':
      return withSelection(state, foldFeed(state, action.items))
    case 'tick':
      return ticked(state, action.nowMs)
    case 'resized':
      return { ...state, size: { ...state.size, ...action.size } }
    case 'verb':
      return withSelection(state, moved({ ...state, notice: null }, action.verb))
    case 'typed':
      return withSelection(state, typed(state, action.press))
    case 'mode':
      return { ...state, mode: action.mode }
    case 'listed':
      return withSelection(state, withTasks(state, action.tasks))
    case 'gone': {
      const missing = new Set(state.missing)
      missing.delete(action.taskId)
      return { ...state, missing }
    }
    case 'selected':
      return state.tasks.has(action.taskId) ? select(state, action.taskId) : state
    case 'gone_to':
      return withSelection(state, goTo({ ...state, notice: null }, action.taskId))
    case 'daemon':
      return {
        ...state,
        daemon: action.status,
        ...(action.withCounts ? { counts: action.status.tasks, countsSeq: action.status.store.seq } : {}),
        seq: Math.max(state.seq, action.status.store.seq),
      }
    case 'page_requested':
      return withTranscript(state, action.taskId, pageRequested)
    case 'page':
      return withTranscript(state, action.taskId, (transcript) =>
        appendPage(transcript, action.events, action.isLast),
      )
    case 'why':
      return state.selectedId === action.why.task_id ? { ...state, why: action.why } : state
    case 'whole_result':
      return withTranscript(state, action.taskId, (transcript) =>
        withWholeResult(transcript, action.callId, action.text),
      )
    case 'recording':
      return state.replay === null ? state : { ...state, replay: { ...state.replay, read: action.read } }
    case 'recorded':
      return withRecording(state, action.recording)
    case 'replay':
      return replayed(timePassed({ ...state, notice: null }, action.nowMs), action.verb)
    case 'paged': {
      const { mode } = state
      if (mode.kind !== 'pager' || mode.pager.waitsFor !== action.callId) return state
      return { ...state, mode: { kind: 'pager', pager: withWholeText(mode.pager, action.text) } }
    }
    case 'found':
      return withFound(state, action)
    case 'look_again':
      return lookAgain(state)
    case 'notice':
      return { ...state, notice: noticeOf(action, state.wallMs) }
  }
}

const ticked = (state: WatchState, nowMs: number): WatchState => {
  const { replay, clock, notice } = state
  const isMoving = replay === null || replay.isPlaying
  return timePassed(
    {
      ...state,
      clock: isMoving ? { ...clock, tick: clock.tick + 1 } : clock,
      notice: notice !== null && notice.untilMs <= nowMs ? null : notice,
    },
    nowMs,
  )
}

/** It is now so late: outside of a replay that is also the time of what is shown. */
const timePassed = (state: WatchState, nowMs: number): WatchState =>
  state.replay === null
    ? { ...state, wallMs: nowMs, clock: { ...state.clock, nowMs } }
    : { ...played(state, nowMs - state.wallMs), wallMs: nowMs }

const noticeOf = ({ text, tone }: Pick<Notice, 'text' | 'tone'>, nowMs: number): Notice => ({
  text,
  tone,
  untilMs: nowMs + (tone === 'failed' ? 10_000 : 4_000),
})

const withTranscript = (
  state: WatchState,
  taskId: string,
  change: (transcript: Transcript) => Transcript,
): WatchState => {
  if (state.transcript?.taskId === taskId) return { ...state, transcript: change(state.transcript) }
  const pane = state.kept.get(taskId)
  if (pane === undefined) return state
  const transcript = change(pane.transcript)
  return { ...state, kept: new Map(state.kept).set(taskId, { ...pane, transcript }) }
}

/** Keys of an open line of input. Enter of the `add` line is not one of them: that asks the daemon. */
const typed = (state: WatchState, press: KeyPress): WatchState => {
  const { mode } = state
  if (mode.kind === 'filter') return filterTyped(state, press)
  if (mode.kind === 'pager') {
    const pager = pagerTyped(mode.pager, press, state.size)
    return { ...state, mode: pager === null ? { kind: 'browse' } : { kind: 'pager', pager } }
  }
  if (mode.kind === 'search') return searchTyped(state, mode.line, press)
  if (mode.kind === 'find') return findTyped(state, mode.line, press)
  if (mode.kind !== 'add') return state
  if (press.kind === 'key' && (press.name === 'escape' || press.name === 'return')) {
    return { ...state, mode: { kind: 'browse' } }
  }
  const line = press.kind === 'paste' ? insert(mode.line, press.text) : editWith(mode.line, press.name)
  return { ...state, mode: { ...mode, line } }
}
