import { toFailure } from '../../protocol/failure.ts'
import { isFinal } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import { withLocalTimes } from '../layout/format.ts'
import { lineText } from '../state/edit-line.ts'
import type { FrameStore } from '../state/frame-store.ts'
import type { KeyPress } from '../state/key-names.ts'
import { verbOf, type Verb } from '../state/keymap.ts'
import { isOfTheLiveScreen, replayVerbOf } from '../state/replay-keymap.ts'
import { selectedTask } from '../state/selectors.ts'
import { callerOf, partInView } from '../state/go-to-part.ts'
import type { WatchSource } from '../watch-source.ts'
import { showOutside, type OutsideProgram } from './outside-program.ts'
import { entryAtCursor, readEntry, wholeTextOf } from './read-entry.ts'
import { loadWholeResults } from './whole-results.ts'

/** What only the terminal itself can do. */
export interface TerminalVerbs {
  /** Ends the program. */
  quit(): void
  /** The same, as one that was interrupted. */
  interrupt(): void
  /** Goes back to the screen from which this one was opened; ends the program where there is none. */
  leave(): void
  /** Shows a task again from its first event, and then this screen. */
  replay(taskId: string): void
  redraw(): void
  suspend(): void
  /** Gives the terminal to another program while that works. The signal says that it has to end. */
  lend<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>
}

export interface Controls {
  readonly store: FrameStore
  readonly source: WatchSource
  readonly terminal: TerminalVerbs
}

/** Does what a key press means in the present mode. Failures become a notice; nothing is thrown. */
export const pressed = (press: KeyPress, controls: Controls): void => {
  const { store, terminal } = controls
  if (press.kind === 'key' && press.name === 'ctrl+c') return terminal.interrupt()
  const { mode, replay } = store.getState()
  switch (mode.kind) {
    case 'add':
      if (press.kind === 'key' && press.name === 'return') void add(controls, lineText(mode.line))
      return store.dispatch({ type: 'typed', press })
    case 'search':
    case 'find':
    case 'filter':
      return store.dispatch({ type: 'typed', press })
    case 'pager': {
      if (press.kind === 'key' && press.name === 'ctrl+z') return terminal.suspend()
      if (press.kind === 'key' && press.name === 'ctrl+l') return terminal.redraw()
      const program = mode.pager.typing === null && press.kind === 'key' ? programs[press.name] : undefined
      if (program === undefined) return store.dispatch({ type: 'typed', press })
      void showText(controls, program, () => Promise.resolve(mode.pager.paged.text))
      return
    }
    case 'confirm_cancel':
      store.dispatch({ type: 'mode', mode: { kind: 'browse' } })
      if (press.kind === 'key' && press.name === 'y') void cancel(controls, mode.taskId)
      return
    case 'help':
    case 'browse': {
      if (mode.kind === 'browse' && press.kind === 'key' && replay !== null) {
        const replayVerb = replayVerbOf(press.name)
        if (replayVerb !== null) {
          return store.dispatch({ type: 'replay', verb: replayVerb, nowMs: Date.now() })
        }
      }
      const verb = press.kind === 'key' ? verbOf(press.name) : null
      if (verb !== null && mode.kind === 'browse') return perform(verb, controls)
      if (mode.kind === 'help') store.dispatch({ type: 'verb', verb: verb ?? 'back' })
    }
  }
}

const perform = (verb: Verb, controls: Controls): void => {
  const { store, source, terminal } = controls
  const { replay } = store.getState()
  const task = selectedTask(store.getState())
  if (replay !== null && isOfTheLiveScreen(verb))
    return notice(store, 'not in a replay, which shows the past of one task')
  switch (verb) {
    case 'quit':
      return terminal.leave()
    case 'replay':
      return task === null ? undefined : terminal.replay(task.id)
    case 'redraw':
      return terminal.redraw()
    case 'suspend':
      return terminal.suspend()
    case 'cancel':
      return task === null ? undefined : askToCancel(controls, task)
    case 'retry':
      return task === null ? undefined : retry(controls, task)
    case 'why':
      if (task !== null) void why(controls, task)
      return
    case 'open': {
      const entry = entryAtCursor(store)
      if (entry === null) store.dispatch({ type: 'verb', verb })
      else void readEntry(store, source, entry)
      return
    }
    case 'show_in_pager':
    case 'show_in_editor': {
      const entry = entryAtCursor(store)
      if (entry === null) return notice(store, 'go to an entry first: ⏎ goes into the transcript')
      const program = verb === 'show_in_pager' ? 'pager' : 'editor'
      void showText(controls, program, () => wholeTextOf(store, source, entry))
      return
    }
    case 'delegated':
    case 'parent': {
      const target = verb === 'parent' ? callerOf(store.getState()) : partInView(store.getState())
      if (target === null) return notice(store, nobodyThere[verb])
      return store.dispatch({ type: 'gone_to', taskId: target.id })
    }
    case 'fold':
    case 'fold_all':
      store.dispatch({ type: 'verb', verb })
      void loadWholeResults(store, source)
      return
    case 'previous':
    case 'next':
    case 'back':
    case 'page_up':
    case 'page_down':
    case 'top':
    case 'follow':
    case 'next_error':
    case 'previous_error':
    case 'next_call':
    case 'previous_call':
    case 'next_match':
    case 'previous_match':
    case 'filter':
    case 'search':
    case 'add':
    case 'pin':
    case 'next_pane':
    case 'previous_pane':
    case 'help':
      return store.dispatch({ type: 'verb', verb })
  }
}

const nobodyThere = {
  delegated: 'this has delegated nothing that is listed here',
  parent: 'no task that is listed here has delegated this one',
} as const

/** The keys of the built-in pager that hand its text on. */
const programs: Readonly<Record<string, OutsideProgram>> = { o: 'pager', v: 'editor' }

const showText = async (
  { store, terminal }: Controls,
  program: OutsideProgram,
  textOf: () => Promise<string>,
): Promise<void> => {
  try {
    const text = await textOf()
    const trouble = await terminal.lend((signal) => showOutside(text, program, signal))
    if (trouble !== null) store.dispatch({ type: 'notice', text: trouble, tone: 'failed' })
  } catch (error) {
    store.dispatch({ type: 'notice', text: toFailure(error).message, tone: 'failed' })
  }
}

const askToCancel = ({ store }: Controls, { id, number, status }: Task): void => {
  if (isFinal(status)) return notice(store, `task ${number} is ${status} already`)
  store.dispatch({ type: 'mode', mode: { kind: 'confirm_cancel', taskId: id } })
}

const retry = ({ store, source }: Controls, { id, number, status }: Task): void => {
  if (!isFinal(status)) return notice(store, `task ${number} is not over yet`)
  void attempt(store, () => source.retry(id), `task ${number} will run again`)
}

const cancel = async ({ store, source }: Controls, taskId: string): Promise<void> => {
  const task = store.getState().tasks.get(taskId)
  await attempt(store, () => source.cancel(taskId), `task ${task?.number ?? taskId} is being cancelled`)
}

const add = async ({ store, source }: Controls, prompt: string): Promise<void> => {
  if (prompt.trim() === '') return
  const task = await attempt(store, () => source.add(prompt), null)
  if (task === null) return
  notice(store, `task ${task.number} is queued`)
  store.dispatch({ type: 'listed', tasks: [task] })
  store.dispatch({ type: 'selected', taskId: task.id })
}

const why = async ({ store, source }: Controls, { id, number }: Task): Promise<void> => {
  const answer = await attempt(store, () => source.why(id), null)
  if (answer === null) return
  store.dispatch({ type: 'why', why: answer })
  const reasons = answer.reasons
    .map(({ message }) => withLocalTimes(message, store.getState().clock.nowMs))
    .join('; ')
  notice(
    store,
    answer.running ? `task ${number} is running` : `task ${number}: ${reasons || 'it is about to start'}`,
  )
}

/** The result, after saying that it was done; null after saying that it failed. */
const attempt = async <T>(
  store: FrameStore,
  act: () => Promise<T>,
  done: string | null,
): Promise<T | null> => {
  try {
    const result = await act()
    if (done !== null) notice(store, done)
    return result
  } catch (error) {
    const { message, hint } = toFailure(error)
    store.dispatch({ type: 'notice', text: hint === null ? message : `${message} (${hint})`, tone: 'failed' })
    return null
  }
}

const notice = (store: FrameStore, text: string): void =>
  store.dispatch({ type: 'notice', text, tone: 'plain' })
