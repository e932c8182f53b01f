import { exitCodes, SparkyError, type Failure } from '../protocol/failure.ts'
import { isEvent } from '../protocol/event-names.ts'
import { sanitize } from '../protocol/sanitize.ts'
import type { Task } from '../protocol/task.ts'
import { isLoopOn, loopOffNote } from './add-task.ts'
import type { Context } from './context.ts'
import { exitCodeOfTask } from './exit-code.ts'
import { followTask } from './follow-task.ts'
import type { Output } from './output/output.ts'
import { endLine, runProgress, type RunProgress } from './output/run-progress.ts'

export interface TaskRun {
  /** Of the task that is to be started. It is ours, so it can be cancelled although nobody has said that it arrived. */
  readonly id: string
  /** Hands the task to the daemon; resolves with it as soon as it is on disk. */
  readonly start: (signal: AbortSignal) => Promise<Task>
  /** Prints every event as a line of JSON, in place of the answer. */
  readonly events?: boolean | undefined
  /** What is shown on stderr meanwhile; a line that says where the task stands if left out. */
  readonly progressOf?: (task: Task, output: Output) => RunProgress
}

/**
 * Starts a task and shows it to its end: progress on stderr, its answer on stdout. Sets the exit code by its end.
 * Ctrl+C cancels it and still waits for its end; a second one leaves at once. Resolves with the task as it ended, null
 * where it was interrupted before it was known.
 */
export const runTask = async (context: Context, run: TaskRun): Promise<Task | null> => {
  const interrupted = new AbortController()
  const stopListening = context.interrupts.on(() => interrupted.abort(new Interrupted()))
  try {
    const task = await Promise.race([run.start(interrupted.signal), rejectOnAbort(interrupted.signal)])
    const end = await follow(task, run, context, interrupted.signal)
    report(end, run, context)
    context.exitCode = interrupted.signal.aborted ? exitCodes.interrupted : exitCodeOfTask(end)
    return end
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    await cancelQuietly(context, run.id)
    context.output.note('Interrupted.')
    context.exitCode = exitCodes.interrupted
    return null
  } finally {
    stopListening()
  }
}

class Interrupted extends Error {}

const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Interrupted), { once: true })
  })

const cancelQuietly = async ({ daemon }: Context, id: string): Promise<void> => {
  try {
    await daemon.look().call('cancelTask', { id, reason: 'interrupted' })
  } catch (error) {
    if (!(error instanceof SparkyError)) throw error
  }
}

/** Shows the task until its end. An interruption cancels it, and its end is still awaited. */
const follow = async (
  task: Task,
  { events = false, progressOf = runProgress }: TaskRun,
  context: Context,
  interrupted: AbortSignal,
): Promise<Task> => {
  const { daemon, output } = context
  const client = daemon.look()
  // Turns of a chat run without it.
  if (!output.json && task.kind !== 'chat' && !(await isLoopOn(client))) output.note(loopOffNote)
  const progress = progressOf(task, output)
  const cancel = (): void => {
    progress.say(`Cancelling task ${task.number}… (Ctrl+C again leaves at once)`)
    // Its end arrives as an event; a task that was quicker needs no cancelling.
    void cancelQuietly(context, task.id)
  }
  interrupted.addEventListener('abort', cancel, { once: true })
  if (interrupted.aborted) cancel()
  try {
    return await followTask(client, task, {
      ...(events && { after: task.first_seq - 1 }),
      onLine: async (line, state) => {
        if (!events) await progress.show(line, state)
        else if (isEvent(line)) await output.jsonLine(line)
      },
    })
  } catch (error) {
    throw isUnreachable(error) ? leftBehind(task) : error
  } finally {
    progress.stop()
    interrupted.removeEventListener('abort', cancel)
  }
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof SparkyError && error.code === 'daemon_unreachable'

/** Nothing is lost with the daemon: say so, and how to come back. */
const leftBehind = ({ number }: Task): SparkyError =>
  new SparkyError(
    'daemon_unreachable',
    `the daemon has gone; task ${number} is kept and goes on at its next start`,
    {
      hint: `sparky agent start, then sparky agent tasks wait ${number}`,
    },
  )

const report = (task: Task, { events = false }: TaskRun, { output }: Context): void => {
  if (output.json && !events) output.value(task)
  if (!output.json) output.note(endLine(task, output.noteStyle))
  if (task.error !== null && task.status === 'failed') output.error(failureOf(task.error))
  if (task.status === 'waiting' && task.waiting_for?.kind === 'approval')
    output.note(`Task ${task.number} waits for an approval, and nobody can be asked here.`)
  if (!output.json && !events && task.response_payload !== null) {
    output.line(sanitize(task.response_payload.answer))
  }
}

const failureOf = ({ code, message }: NonNullable<Task['error']>): Failure => ({ code, message, hint: null })
