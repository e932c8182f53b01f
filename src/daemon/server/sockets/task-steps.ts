import type { Event } from '../../../protocol/event.ts'
import type { Failure } from '../../../protocol/failure.ts'
import type { Json, Task } from '../../../protocol/task.ts'
import type { TaskFrame } from '../../../protocol/task-frames.ts'
import { Frame, type Outgoing } from '../delivery/frame.ts'
import { Run } from '../delivery/frame-run.ts'
import type { Sink } from '../delivery/sink.ts'

/**
 * Events as `step` frames; what else a subscription says has no place on this endpoint. An event is made a step, and
 * that serialised, once for all who watch it live.
 */
export const stepSink = (sink: Sink): Sink => ({
  get bufferedBytes() {
    return sink.bufferedBytes
  },
  get needsDrain() {
    return sink.needsDrain
  },
  write: (frame) => {
    if (isEvent(frame)) sink.write(stepOf(frame))
  },
  writeRun: (run) => sink.writeRun(stepsOf(run)),
  drained: () => sink.drained(),
})

/** What a watcher is told last: how the task ended. Undefined where it has not, or goes on. */
export const outcomeFrame = (task: Task): TaskFrame | undefined => {
  const { id, status, response_payload: answered, error, progress, usage } = task
  if (status === 'cancelled') return { type: 'result', data: { status, task_id: id } }
  if (status === 'completed') {
    const data = {
      output: answered?.answer ?? '',
      total_steps: progress.step,
      total_tokens: usage.total_tokens,
    }
    return { type: 'result', data }
  }
  if (status !== 'failed') return undefined
  const { code, message } = error ?? { code: 'internal', message: 'the task failed without saying why' }
  return taskErrorFrame({ code, message, hint: null })
}

/** As this endpoint says it (`data.message`), and as every other does. */
export const taskErrorFrame = (failure: Failure): TaskFrame => ({
  type: 'error',
  ...failure,
  data: { message: failure.message },
})

const isEvent = (frame: Frame<Outgoing>): frame is Frame<Event> =>
  'v' in frame.message && 'seq' in frame.message

const stepRuns = new WeakMap<Run, Run<TaskFrame>>()

const stepsOf = (run: Run): Run<TaskFrame> => {
  const known = stepRuns.get(run)
  if (known !== undefined) return known
  const made = new Run(run.frames.filter(isEvent).map(stepOf))
  stepRuns.set(run, made)
  return made
}

const steps = new WeakMap<Frame<Event>, Frame<TaskFrame>>()

const stepOf = (frame: Frame<Event>): Frame<TaskFrame> => {
  const known = steps.get(frame)
  if (known !== undefined) return known
  const { type, step, data, ts } = frame.message
  const made = new Frame<TaskFrame>({
    type: 'step',
    data: { event_type: type, step, data: data as Json, timestamp: ts },
  })
  steps.set(frame, made)
  return made
}
