import { longestSilenceMs } from '../../protocol/replay-pace.ts'
import { isFinal } from '../../protocol/status.ts'
import { replayTimeMs, shortenedSilenceMs, type Replay } from '../state/replay.ts'
import { clock, duration, grouped } from './format.ts'
import { cutLine, fitLine, lineWidth, span, type Line, type Span } from './line.ts'

/** Where a replay stands: whether it plays, how fast, a bar with its errors, which event of how many, the time into the run. */
export const scrubberLine = (replay: Replay, width: number): Line => {
  const { recording, moment } = replay
  if (recording === null || moment === null) {
    return fitLine([span(` ◐ reading the events: ${grouped(replay.read)}`, 'waiting')], width)
  }
  const count = recording.events.length
  const isEnd = moment.position >= count && !replay.isPlaying
  const sign = isEnd ? '■' : !replay.isPlaying ? '‖' : shortenedSilenceMs(replay) === null ? '▶' : '»'
  const left: Line = [span(` ${sign} `, replay.isPlaying ? 'running' : 'waiting'), span(`${replay.speed}x `)]
  const right = detailsThatFit(
    detailsOf(replay, count),
    width - lineWidth(left) - Math.max(narrowestBar, Math.floor(width / 4)),
  )
  const room = width - lineWidth(left) - lineWidth(right) - 1
  return fitLine(cutLine([...left, ...barSpans(replay, room), span(' '), ...right], width), width)
}

/** The replay in a few words, for the header. */
export const replayWords = (replay: Replay): string => {
  if (replay.recording === null) return 'replay'
  const isEnd = (replay.moment?.position ?? 0) >= replay.recording.events.length && !replay.isPlaying
  const isOver = replay.moment !== null && isFinal(replay.moment.task.status)
  if (isEnd && !isOver) return '■ replay: up to now'
  return isEnd ? '■ replay ended' : replay.isPlaying ? `▶ replay ${replay.speed}x` : '‖ replay paused'
}

const narrowestBar = 6

/** Those that matter most first, each from its widest wording to its narrowest. */
const detailsOf = (replay: Replay, count: number): readonly (readonly string[])[] => {
  const { recording, moment } = replay
  const position = moment?.position ?? 0
  const firstMs = Date.parse(recording?.events[0]?.ts ?? '') || 0
  const lastMs = Date.parse(recording?.events.at(-1)?.ts ?? '') || 0
  const intoMs = (replayTimeMs(replay) ?? firstMs) - firstMs
  const silenceMs = shortenedSilenceMs(replay)
  return [
    [`event ${grouped(position)} of ${grouped(count)}`, `${grouped(position)}/${grouped(count)}`],
    [`${clock(intoMs)} of ${clock(lastMs - firstMs)}`, clock(intoMs)],
    silenceMs === null
      ? []
      : [
          `${duration(silenceMs)} of silence, shortened to ${longestSilenceMs / 1000} s`,
          `${duration(silenceMs)} silence » ${longestSilenceMs / 1000} s`,
          `» ${longestSilenceMs / 1000} s`,
        ],
  ].filter((wordings) => wordings.length > 0)
}

/** As many as fit at their narrowest, and these as wide as the room that is left allows. */
const detailsThatFit = (details: readonly (readonly string[])[], room: number): Line => {
  const shown: string[] = []
  const widthWith = (index: number, words: string): number => lineWidth(separated(shown.with(index, words)))
  for (const wordings of details) {
    shown.push(wordings.at(-1) ?? '')
    if (lineWidth(separated(shown)) <= room) continue
    shown.pop()
    break
  }
  for (const index of shown.keys()) {
    const widest = details[index]?.find((words) => widthWith(index, words) <= room)
    if (widest !== undefined) shown[index] = widest
  }
  return separated(shown)
}

const separated = (texts: readonly string[]): Line =>
  texts.flatMap((words, index) => (index === 0 ? [span(words)] : [span(' · ', 'dim'), span(words)]))

/** What has been is drawn heavy, what is to come light; a cross stands where something goes wrong. */
const barSpans = ({ recording, moment }: Replay, width: number): Line => {
  if (recording === null || width <= 0) return []
  const count = Math.max(1, recording.events.length)
  const cellOf = (position: number): number =>
    Math.min(width - 1, Math.floor(((position - 1) / Math.max(1, count - 1)) * (width - 1)))
  const here = cellOf(Math.max(1, moment?.position ?? 1))
  const failures = new Set(recording.errors.map(cellOf))
  return Array.from({ length: width }, (_, cell): Span => {
    if (cell === here) return span('●', 'running')
    if (failures.has(cell)) return span('✗', 'failed')
    return cell < here ? span('━', 'running') : span('─', 'dim')
  })
}
