import { pressed as pressedInWatch } from '../../effects/commands.ts'
import { toFailure } from '../../../protocol/failure.ts'
import { plainPress, type KeyPress } from '../../state/key-names.ts'
import { pathQuery } from '../input/completion.ts'
import type { InputState } from '../input/input-state.ts'
import { clearInput, pressKey } from '../input/press-key.ts'
import { chatPanes } from '../layout/chat-panes.ts'
import { spokenIn } from '../state/chat-commands.ts'
import { leaveWithinMs } from '../state/chat-reduce.ts'
import type { Picker } from '../state/chat-state.ts'
import { runningTurn } from '../state/conversation-facts.ts'
import { emptyInputVerbs, inputVerbs, logVerbs } from '../state/log-keys.ts'
import { surroundingsOf } from '../state/surroundings.ts'
import type { ChatControls } from './chat-controls.ts'
import { resume, say } from './obey.ts'
import { showWhole } from './show-whole.ts'

/** Does what a key press means where the keyboard is. Failures become a notice; nothing is thrown. */
export const pressedInChat = (press: KeyPress, controls: ChatControls): void => {
  const { store, terminal } = controls
  const state = store.getState()
  if (press.kind === 'key') {
    if (press.name === 'ctrl+l') return terminal.redraw()
    if (press.name === 'ctrl+z') return terminal.suspend()
    if (press.name === 'ctrl+c') return stopOrLeave(controls)
  }
  if (state.picker !== null) return pressedInPicker(press, state.picker, controls)
  switch (state.focus) {
    case 'input':
      return pressedInInput(press, controls)
    case 'log':
      return pressedInLog(press, controls)
    case 'monitor':
      return pressedInMonitor(press, controls)
  }
}

/** Ctrl+c throws away what is written, or leaves where it is pressed twice. */
const stopOrLeave = ({ store, terminal }: ChatControls): void => {
  const { input, picker, focus, leaveAskedMs } = store.getState()
  if (picker !== null) return store.dispatch({ type: 'picker', picker: null })
  if (focus !== 'input') return store.dispatch({ type: 'focus', focus: 'input' })
  if (!isInputEmpty(input)) return store.dispatch({ type: 'input', input: clearInput(input) })
  const nowMs = Date.now()
  if (leaveAskedMs !== null && nowMs - leaveAskedMs < leaveWithinMs) return terminal.quit()
  store.dispatch({ type: 'leave_asked', nowMs })
}

const pressedInInput = (press: KeyPress, controls: ChatControls): void => {
  const { store, terminal, finder } = controls
  const before = store.getState()
  const moving = press.kind === 'key' && isInputEmpty(before.input) ? emptyInputVerbs[press.name] : undefined
  if (moving !== undefined) return store.dispatch({ type: 'log', verb: moving })
  const around = surroundingsOf(before, chatPanes(before).width)
  const { state: input, outcome } = pressKey(before.input, press, around)
  if (outcome.kind === 'ignored') {
    if (press.kind !== 'key') return
    const verb = inputVerbs[press.name]
    if (verb !== undefined) return store.dispatch({ type: 'log', verb })
    if (press.name === 'escape') return escape(controls)
    if (press.name === 'tab' || press.name === 'shift+tab') return nextFocus(controls, press.name)
    if (press.name === 'ctrl+d' && isInputEmpty(before.input)) return terminal.quit()
    return
  }
  store.dispatch({ type: 'input', input })
  finder.ask(pathQuery(input))
  if (outcome.kind !== 'submitted') return
  store.dispatch({ type: 'submitted', text: outcome.text })
  say(controls, spokenIn(outcome.text), outcome.typed)
}

const isInputEmpty = ({ draft }: InputState): boolean => draft.text === ''

/** Interrupts the running turn; where none runs, goes back to the end of the conversation. */
const escape = ({ store, session }: ChatControls): void => {
  const { log, view } = store.getState()
  const running = runningTurn(log)
  if (running?.taskId == null) {
    if (view.anchor !== null) store.dispatch({ type: 'log', verb: 'follow' })
    return
  }
  try {
    session.send({ type: 'cancel', task_id: running.taskId })
    store.dispatch({ type: 'interrupting', taskId: running.taskId })
  } catch (error) {
    store.dispatch({ type: 'notice', text: toFailure(error).message, tone: 'failed' })
  }
}

/** Input, conversation, Task Monitor. */
const nextFocus = ({ store, monitor }: ChatControls, key: 'tab' | 'shift+tab'): void => {
  const { focus } = store.getState()
  const places = monitor === null ? (['input', 'log'] as const) : (['input', 'monitor', 'log'] as const)
  const at = places.findIndex((place) => place === focus)
  const next = places[(at + (key === 'tab' ? 1 : places.length - 1)) % places.length]
  if (next !== undefined) store.dispatch({ type: 'focus', focus: next })
}

const pressedInLog = (press: KeyPress, controls: ChatControls): void => {
  const { store } = controls
  if (press.kind === 'key') {
    if (press.name === 'tab' || press.name === 'shift+tab') return nextFocus(controls, press.name)
    const program = programs[press.name]
    if (program !== undefined) {
      void showWhole(controls, program)
      return
    }
    const verb = logVerbs[press.name]
    if (verb !== undefined) return store.dispatch({ type: 'log', verb })
    if (press.name.length > 1) return
  }
  // Whoever writes wants to write.
  store.dispatch({ type: 'focus', focus: 'input' })
  pressedInInput(press, controls)
}

const programs: Readonly<Record<string, 'pager' | 'editor'>> = { return: 'pager', o: 'pager', v: 'editor' }

const pressedInMonitor = (press: KeyPress, controls: ChatControls): void => {
  const { store, source, monitor, terminal } = controls
  if (monitor === null) return store.dispatch({ type: 'focus', focus: 'input' })
  const back = (): void => store.dispatch({ type: 'focus', focus: 'input' })
  const { mode, size, view } = monitor.getState()
  if (press.kind === 'key' && mode.kind === 'browse') {
    const { name } = press
    if ((name === 'tab' || name === 'shift+tab') && (size.tiles ?? 1) === 1) return nextFocus(controls, name)
    if (name === 'escape' && view.cursor === null && view.find === null) return back()
  }
  const replay = (): void =>
    monitor.dispatch({ type: 'notice', text: '/tasks opens the screen with replays', tone: 'plain' })
  pressedInWatch(plainPress(press), {
    store: monitor,
    source,
    terminal: { ...terminal, interrupt: back, leave: back, replay },
  })
}

const pressedInPicker = (press: KeyPress, picker: Picker, controls: ChatControls): void => {
  const { store } = controls
  const plain = plainPress(press)
  if (plain.kind !== 'key') return
  switch (plain.name) {
    case 'up':
    case 'ctrl+p':
    case 'k':
      return store.dispatch({ type: 'picker_moved', step: -1 })
    case 'down':
    case 'ctrl+n':
    case 'j':
      return store.dispatch({ type: 'picker_moved', step: 1 })
    case 'escape':
    case 'q':
      return store.dispatch({ type: 'picker', picker: null })
    case 'return':
    case 'y':
    case 'n':
      void choose(controls, picker, plain.name).catch((error: unknown) => {
        const { message, hint } = toFailure(error)
        store.dispatch({
          type: 'notice',
          text: hint === null ? message : `${message} (${hint})`,
          tone: 'failed',
        })
      })
  }
}

const choose = async (controls: ChatControls, picker: Picker, key: 'return' | 'y' | 'n'): Promise<void> => {
  const { store, source } = controls
  if (picker.kind === 'conversations') {
    const chosen = picker.rows[picker.index]
    if (key !== 'return' || chosen === undefined) return
    store.dispatch({ type: 'picker', picker: null })
    return resume(controls, chosen.id)
  }
  const approval = picker.rows[picker.index]
  if (key === 'return' || approval === undefined) return
  store.dispatch({ type: 'picker', picker: null })
  await source.answerApproval(approval.approval_id, key === 'y' ? 'approve' : 'deny')
  store.dispatch({
    type: 'notice',
    text: `${approval.name} is ${key === 'y' ? 'approved' : 'denied'}`,
    tone: 'plain',
  })
}
