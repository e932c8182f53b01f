import { longestSilenceMs } from '../../protocol/replay-pace.ts'
import { lookAgain } from './find.ts'
import type { WatchState } from './watch-state.ts'
import { momentAt, type Moment, type Recording } from './recording.ts'
import type { ReplayVerb } from './replay-keymap.ts'

/** Where the replay of a task stands. */
export interface Replay {
  /** Null while its events are still being read: `read` of them so far. */
  readonly recording: Recording | null
  readonly read: number
  /** How many events have happened; null while there is no recording. */
  readonly moment: Moment | null
  readonly isPlaying: boolean
  readonly speed: number
  /** Where its clock stands, in the time of `Recording.playMs`. */
  readonly playheadMs: number
}

const replaySpeeds = [1, 2, 5, 10, 20, 50, 100] as const

export const startReplay = (speed: number): Replay => ({
  recording: null,
  read: 0,
  moment: null,
  isPlaying: true,
  speed,
  playheadMs: 0,
})

/** A longer pause than this between two ticks was no watching: the program was stopped, or the machine slept. */
const longestTickMs = 1_000

/** The recording is there: it begins to play, after what `since` leaves out. */
export const withRecording = (state: WatchState, recording: Recording): WatchState => {
  if (state.replay === null) return state
  const first = recording.events.findIndex(({ seq }) => seq > state.since)
  const start = first === -1 ? recording.events.length : first + 1
  return seek({ ...state, replay: { ...state.replay, recording, read: recording.events.length } }, start)
}

/** Time has passed. */
export const played = (state: WatchState, passedMs: number): WatchState => {
  const { replay } = state
  if (replay?.recording == null || replay.moment === null || !replay.isPlaying) return state
  const { playMs } = replay.recording
  const endMs = playMs.at(-1) ?? 0
  const playheadMs = Math.min(
    endMs,
    replay.playheadMs + Math.min(Math.max(0, passedMs), longestTickMs) * replay.speed,
  )
  const position = Math.max(replay.moment.position, countUpTo(playMs, playheadMs))
  const isPlaying = playheadMs < endMs
  return show({ ...state, replay: { ...replay, playheadMs, isPlaying } }, position)
}

/** What a key of the replay does. */
export const replayed = (state: WatchState, verb: ReplayVerb): WatchState => {
  const { replay } = state
  if (replay === null) return state
  if (verb === 'faster' || verb === 'slower') {
    return { ...state, replay: { ...replay, speed: nextSpeed(replay.speed, verb === 'faster' ? 1 : -1) } }
  }
  const { recording, moment } = replay
  if (recording === null || moment === null) return state
  const { position } = moment
  const count = recording.events.length
  switch (verb) {
    case 'play':
      // At the end, play begins again.
      if (!replay.isPlaying && position >= count && replay.playheadMs >= (recording.playMs.at(-1) ?? 0)) {
        const again = seek(state, 1)
        return again.replay === null ? again : { ...again, replay: { ...again.replay, isPlaying: true } }
      }
      return { ...state, replay: { ...replay, isPlaying: !replay.isPlaying } }
    case 'step_forward':
      return paused(seek(state, position + 1))
    case 'step_back':
      return paused(seek(state, position - 1))
    case 'to_start':
      return seek(state, 1)
    case 'to_end':
      return paused(seek(state, count))
    case 'next_tool':
    case 'previous_tool':
      return jump(state, recording.toolCalls, verb === 'next_tool', 'tool call')
    case 'next_failure':
    case 'previous_failure':
      return jump(state, recording.errors, verb === 'next_failure', 'error')
    default:
      return seek(state, Math.max(1, Math.round((count * tenths(verb)) / 10)))
  }
}

/** The real time of what is shown, in ms since 1970: between two events it goes on, faster where silence is shortened. */
export const replayTimeMs = ({ recording, moment, playheadMs }: Replay): number | null => {
  const here = recording?.events[(moment?.position ?? 0) - 1]
  if (recording === null || here === undefined || moment === null) return null
  const hereMs = Date.parse(here.ts)
  const next = recording.events[moment.position]
  const fromMs = recording.playMs[moment.position - 1] ?? 0
  const toMs = recording.playMs[moment.position] ?? fromMs
  if (next === undefined || toMs <= fromMs) return hereMs
  const share = Math.min(1, Math.max(0, (playheadMs - fromMs) / (toMs - fromMs)))
  return hereMs + share * Math.max(0, Date.parse(next.ts) - hereMs)
}

/** How long the silence that follows really was, where it is shortened; null where it is not. */
export const shortenedSilenceMs = ({ recording, moment }: Replay): number | null => {
  if (recording === null || moment === null) return null
  const here = recording.events[moment.position - 1]
  const next = recording.events[moment.position]
  if (here === undefined || next === undefined) return null
  const silenceMs = Date.parse(next.ts) - Date.parse(here.ts)
  return silenceMs > longestSilenceMs ? silenceMs : null
}

const paused = (state: WatchState): WatchState =>
  state.replay === null ? state : { ...state, replay: { ...state.replay, isPlaying: false } }

/** Shows the state after so many events, at the moment of the last of them. */
const seek = (state: WatchState, position: number): WatchState => {
  const { replay } = state
  if (replay?.recording == null) return state
  const { playMs } = replay.recording
  const wanted = Math.min(playMs.length, Math.max(Math.min(1, playMs.length), position))
  const playheadMs = playMs[wanted - 1] ?? 0
  return show({ ...state, replay: { ...replay, playheadMs } }, wanted)
}

const jump = (
  state: WatchState,
  positions: readonly number[],
  isForward: boolean,
  what: string,
): WatchState => {
  const here = state.replay?.moment?.position ?? 0
  const target = isForward
    ? positions[countUpTo(positions, here)]
    : positions[countUpTo(positions, here - 1) - 1]
  if (target !== undefined) return paused(seek(state, target))
  const text = `no ${isForward ? 'later' : 'earlier'} ${what} in this replay`
  return { ...state, notice: { text, tone: 'plain', untilMs: state.wallMs + 4_000 } }
}

const show = (state: WatchState, position: number): WatchState => {
  const { replay, view } = state
  if (replay?.recording == null) return state
  const moment = momentAt(replay.recording, position, replay.moment ?? undefined)
  const { task, transcript } = moment
  const shown = { ...replay, moment }
  const lastEntry = transcript.entries.end - 1
  const isBack = transcript.entries.end < (state.transcript?.entries.end ?? 0)
  const isCursorBeyond = view.cursor !== null && view.cursor > lastEntry
  const next = {
    ...state,
    replay: shown,
    tasks: new Map([[task.id, task]]),
    order: [task.id],
    selectedId: task.id,
    transcript,
    seq: replay.recording.events[position - 1]?.seq ?? 0,
    clock: { ...state.clock, nowMs: replayTimeMs(shown) ?? state.clock.nowMs },
    view: isCursorBeyond
      ? { ...view, cursor: lastEntry < transcript.entries.start ? null : lastEntry }
      : view,
  }
  // What was found further on is not there yet.
  return isBack ? lookAgain(next) : next
}

const nextSpeed = (speed: number, step: 1 | -1): number =>
  step === 1
    ? (replaySpeeds.find((candidate) => candidate > speed) ?? speed)
    : (replaySpeeds.findLast((candidate) => candidate < speed) ?? speed)

const tenths = (verb: `to_${number}`): number => Number(verb.slice(3))

/** How many of the sorted numbers are not above a limit. */
const countUpTo = (sorted: readonly number[], limit: number): number => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
