import { sanitize } from '../../protocol/sanitize.ts'
import { isFinal } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import { isTypeShown } from '../state/entry-filter.ts'
import { silent } from '../state/live-text.ts'
import type { Transcript } from '../state/transcript.ts'
import type { WatchState } from '../state/watch-state.ts'
import { streamLines } from './entry-lines.ts'
import { plural, withLocalTimes } from './format.ts'
import { bodyWidth, indent } from './hanging.ts'
import { span, type Line } from './line.ts'
import { wrap } from './wrap.ts'

/** What stands below the facts: what is being said right now, and why a task that does not run does not. */
export const tailLines = (state: WatchState, transcript: Transcript, width: number): readonly Line[] => {
  if (transcript.loading) return transcript.entries.end === 0 ? [[span('loading …', 'dim')]] : []
  const task = state.tasks.get(transcript.taskId)
  const live = state.liveTexts.get(transcript.taskId) ?? silent
  return [
    ...(isSpoken('thought', state) ? streamLines(live.thought, 'thought', width) : []),
    ...(isSpoken('message', state) ? streamLines(live.message, 'assistant', width) : []),
    ...(task === undefined ? [] : whyLines(state, task, width)),
  ]
}

/** What stands above the oldest entry that is still kept. */
export const droppedLines = (count: number, task: Task | null, width: number): readonly Line[] => {
  const text = `… ${plural(count, 'older entry', 'older entries')} not kept here: sparky agent tasks events ${task?.number ?? 'TASK'} has all`
  return wrap(text, width).map((row) => [span(row, 'dim')])
}

/** What is being written is shown where the fact that it becomes will be. */
const isSpoken = (type: 'thought' | 'message', { view: { filter } }: WatchState): boolean =>
  filter.preset !== 'errors' &&
  !filter.hide.has(`${type}_delta`) &&
  (isTypeShown(type, filter) || filter.only?.has(`${type}_delta`) === true)

const whyLines = ({ why, clock }: WatchState, task: Task, width: number): readonly Line[] => {
  if (why?.task_id !== task.id || task.status === 'in_progress' || isFinal(task.status)) return []
  const reasons = why.reasons.map(({ message }) => withLocalTimes(message, clock.nowMs))
  const texts =
    reasons.length === 0 ? ['nothing is in its way; it starts as soon as the agent loop takes it'] : reasons
  const rowWidth = Math.max(1, bodyWidth(width) - 2)
  return [
    [],
    [...indent(width), span('Not running, because', 'waiting')],
    ...texts.flatMap((text) =>
      wrap(sanitize(text), rowWidth).map((row, index) => [
        ...indent(width),
        span(index === 0 ? '· ' : '  ', 'waiting'),
        span(row),
      ]),
    ),
  ]
}
