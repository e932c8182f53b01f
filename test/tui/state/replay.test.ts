import { describe, expect, it } from 'vitest'
import type { Event } from '../../../src/protocol/event.ts'
import { applyEvent } from '../../../src/protocol/fold.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { textOfLine } from '../../../src/tui/layout/line.ts'
import { scrubberLine } from '../../../src/tui/layout/scrubber.ts'
import type { Action } from '../../../src/tui/state/actions.ts'
import { momentAt, Recorder, type Recording } from '../../../src/tui/state/recording.ts'
import { reduce } from '../../../src/tui/state/reduce.ts'
import type { ReplayVerb } from '../../../src/tui/state/replay-keymap.ts'
import { replayTimeMs, shortenedSilenceMs } from '../../../src/tui/state/replay.ts'
import { emptyTranscript, followEvent } from '../../../src/tui/state/transcript.ts'
import { startState, type WatchState } from '../../../src/tui/state/watch-state.ts'
import { ScriptedSource } from '../../fixtures/tui/scripted-source.ts'

const startMs = Date.parse('2026-11-20T12:00:00.000Z')

interface Told {
  readonly task: Task
  readonly events: readonly Event[]
}

/** A task of many calls, each tenth of which fails; the events come `everyMs` apart. */
const manyCalls = (calls: number, everyMs = 100): Told => {
  let nowMs = startMs - 2 * everyMs
  const source = new ScriptedSource(() => (nowMs += everyMs))
  const { id } = source.newTask('Call')
  const started_at = new Date(startMs).toISOString()
  source.status_(id, 'in_progress', 'Task starting...', { attempt: 1, started_at })
  for (let call = 1; call <= calls; call++) {
    source.tool(id, `c${call}`, 'read_file', { path: `${call}.md` })
    const status = call % 10 === 0 ? 'error' : 'ok'
    const result = { name: 'read_file', duration_ms: 1, truncated: false, bytes: 2 }
    source.emit(id, 'tool_result', { ...result, call_id: `c${call}`, status, result: `${call}` })
  }
  source.status_(id, 'completed', 'Task completed', { finished_at: started_at })
  return { task: source.tasks.get(id) as Task, events: source.log }
}

const recordingOf = ({ task, events }: Told): Recording => {
  const recorder = new Recorder(task)
  recorder.take(events)
  return recorder.recording()
}

const opened = (told: Told, since = 0): WatchState => {
  const filter = { only: null, hide: new Set<string>(), preset: 'everything' } as const
  const state = startState({ nowMs: 0, since, filter, hasList: false, replaySpeed: 1 })
  const recorder = new Recorder(told.task, since)
  recorder.take(told.events)
  return reduce(state, { type: 'recorded', recording: recorder.recording() })
}

const after = (state: WatchState, ...actions: Action[]): WatchState => actions.reduce(reduce, state)
/** Presses keys of the replay; no time passes. */
const press = (state: WatchState, ...verbs: ReplayVerb[]): WatchState =>
  after(state, ...verbs.map((verb): Action => ({ type: 'replay', verb, nowMs: state.wallMs })))
const pass = (state: WatchState, ms: number): WatchState =>
  after(state, { type: 'tick', nowMs: state.wallMs + ms })
const positionOf = ({ replay }: WatchState): number => replay?.moment?.position ?? -1
const task = (state: WatchState): Task | undefined => state.tasks.get(state.selectedId ?? '')

describe('momentAt', () => {
  it('is what folding the events from the first on gives, wherever one comes from', () => {
    const told = manyCalls(1_300)
    const recording = recordingOf(told)
    expect(recording.checkpoints.length).toBeGreaterThan(2)
    const plain = (count: number): unknown => {
      const some = told.events.slice(0, count)
      const transcript = { ...emptyTranscript(told.task.id), loading: false }
      return {
        position: count,
        task: some.reduce<Task | undefined>(applyEvent, undefined),
        transcript: some.reduce(followEvent, transcript),
      }
    }
    let near = momentAt(recording, 1)
    for (const position of [2, 999, 1_000, 1_001, 37, 2_500, 2_499, 2_000, told.events.length, 1]) {
      near = momentAt(recording, position, near)
      expect(near).toEqual(plain(position))
    }
  })

  it('comes to any of 100,000 events within a frame', () => {
    const recording = recordingOf(manyCalls(50_000))
    let moment = momentAt(recording, recording.events.length)
    const startedMs = performance.now()
    const jumps = 40
    for (let jump = 1; jump <= jumps; jump++) {
      moment = momentAt(recording, (jump * 7_919 * 13) % recording.events.length, moment)
    }
    expect((performance.now() - startedMs) / jumps).toBeLessThan(34)
  })

  it('shows a task whose first event is damaged as far as it can', () => {
    const told = manyCalls(3)
    const [first, ...rest] = told.events
    const lost = { ...first, type: 'lost', data: { reason: 'checksum', bytes: 1 } } as unknown as Event
    const moment = momentAt(recordingOf({ task: told.task, events: [lost, ...rest] }), 3)
    expect(moment.task).toMatchObject({ number: 1, status: 'in_progress' })
  })
})

describe('a replay', () => {
  it('plays at the pace at which it happened, and faster', () => {
    const state = opened(manyCalls(100, 100))
    expect(positionOf(state)).toBe(1)
    expect(task(state)?.status).toBe('pending')
    const later = pass(state, 500)
    expect(positionOf(later)).toBe(6)
    expect(task(later)).toMatchObject({ status: 'in_progress', usage: { tool_calls: 2 } })
    const quick = pass(press(later, 'faster', 'faster', 'faster'), 500)
    expect(quick.replay?.speed).toBe(10)
    expect(positionOf(quick)).toBe(56)
    expect(replayTimeMs(quick.replay ?? (null as never))).toBe(startMs + 5_500)
    expect(quick.clock.nowMs).toBe(startMs + 5_500)
  })

  it('stops at the end, and plays again from the start', () => {
    let state = opened(manyCalls(5, 100))
    for (let second = 0; second < 3; second++) state = pass(state, 1_000)
    expect(positionOf(state)).toBe(13)
    expect(state.replay?.isPlaying).toBe(false)
    expect(task(state)?.status).toBe('completed')
    const again = press(state, 'play')
    expect([positionOf(again), again.replay?.isPlaying]).toEqual([1, true])
    expect(task(again)?.status).toBe('pending')
  })

  it('shortens long silences, and says how long they were', () => {
    const told = manyCalls(2, 3_600_000)
    const state = opened(told)
    expect(shortenedSilenceMs(state.replay ?? (null as never))).toBe(3_600_000)
    let halfway = state
    for (let second = 0; second < 5; second++) halfway = pass(halfway, 1_000)
    // The clock of what is shown runs through the hour in ten seconds.
    expect([positionOf(halfway), halfway.clock.nowMs]).toEqual([1, startMs + 1_800_000])
    expect(positionOf(pass(press(halfway, 'faster', 'faster'), 1_000))).toBe(2)
  })

  it.each([
    [120, '» 1x', '1h 0m of silence, shortened to 10 s'],
    [80, '» 1x', '1h 0m silence » 10 s'],
    [40, '» 1x', '» 10 s'],
  ])('says with %i columns that a silence is being shortened', (columns, sign, words) => {
    const { replay } = opened(manyCalls(2, 3_600_000))
    const line = textOfLine(scrubberLine(replay ?? (null as never), columns))
    expect(line).toContain(sign)
    expect(line).toContain(words)
    const { replay: told } = opened(manyCalls(2, 9_000))
    const plain = textOfLine(scrubberLine(told ?? (null as never), columns))
    expect(plain).toContain('▶ 1x')
    expect(plain).not.toContain('»')
  })

  it('takes as long as it took where nothing happened for nine seconds', () => {
    let state = opened(manyCalls(2, 9_000))
    expect(shortenedSilenceMs(state.replay ?? (null as never))).toBeNull()
    for (let second = 0; second < 8; second++) state = pass(state, 1_000)
    expect([positionOf(state), state.clock.nowMs]).toEqual([1, startMs + 8_000])
    expect(positionOf(pass(state, 1_000))).toBe(2)
  })

  it('does not leap when the program was stopped for a while', () => {
    expect(positionOf(pass(opened(manyCalls(1_000, 100)), 3_600_000))).toBe(11)
  })

  it('steps by one event, back as exactly as forward, and pauses', () => {
    const state = opened(manyCalls(30))
    const forward = press(state, 'step_forward', 'step_forward', 'step_forward')
    expect([positionOf(forward), forward.replay?.isPlaying]).toEqual([4, false])
    const there = press(forward, 'to_end', 'to_5', 'step_back', 'step_forward')
    const back = press(there, 'step_forward', 'step_back')
    expect(back.tasks).toEqual(there.tasks)
    expect(back.transcript).toEqual(there.transcript)
    expect(back.clock).toEqual(there.clock)
    expect(positionOf(press(state, 'step_back'))).toBe(1)
    expect(positionOf(press(state, 'to_end', 'step_forward'))).toBe(63)
    expect(positionOf(pass(there, 5_000))).toBe(positionOf(there))
  })

  it('jumps between tool calls and between errors, and says where there is none', () => {
    const state = opened(manyCalls(30))
    const call = press(state, 'next_tool', 'next_tool')
    expect(task(call)?.usage.tool_calls).toBe(2)
    expect(task(press(call, 'previous_tool'))?.usage.tool_calls).toBe(1)
    const error = press(state, 'next_failure')
    expect(positionOf(error)).toBe(22)
    expect(positionOf(press(error, 'next_failure', 'next_failure', 'previous_failure'))).toBe(42)
    const none = press(error, 'previous_failure')
    expect([positionOf(none), none.notice?.text]).toEqual([22, 'no earlier error in this replay'])
  })

  it('goes to any tenth', () => {
    const state = opened(manyCalls(49))
    expect(state.replay?.recording?.events).toHaveLength(101)
    expect(positionOf(press(state, 'to_5'))).toBe(51)
    expect(positionOf(press(state, 'to_9'))).toBe(91)
    expect(positionOf(press(state, 'to_9', 'to_start'))).toBe(1)
  })

  it('of a task that was removed meanwhile is empty, and no key harms it', () => {
    const state = opened({ task: manyCalls(1).task, events: [] })
    const pressed = press(state, 'play', 'step_back', 'step_forward', 'to_5', 'next_tool', 'to_end')
    expect([positionOf(pass(pressed, 1_000)), pressed.replay?.playheadMs]).toEqual([0, 0])
    const line = scrubberLine(pressed.replay ?? (null as never), 80)
    expect(textOfLine(line)).toContain('event 0 of 0 · 00:00 of 00:00')
  })

  it('begins after --since, and shows nothing from before', () => {
    const state = opened(manyCalls(30), 20)
    expect([positionOf(state), state.seq]).toEqual([21, 21])
    expect(state.transcript?.entries.end).toBe(1)
    expect(task(state)?.usage.tool_calls).toBe(10)
  })
})
