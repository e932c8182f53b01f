import type { Style } from './style.ts'
import type { StreamLine } from '../../protocol/api.ts'
import type { Event } from '../../protocol/event.ts'
import { isEvent } from '../../protocol/event-names.ts'
import { presentTool } from '../../protocol/present-tool.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Task } from '../../protocol/task.ts'
import { formatClock, formatCost, formatCount, formatDuration, plural } from './amounts.ts'
import { eventLine } from './event-line.ts'
import type { Output } from './output.ts'
import { presentedText } from './presented-text.ts'
import { paintStatus, standing, statusLabel } from './status-label.ts'
import { callText } from './tool-text.ts'

/** What `run` shows on stderr while it waits. */
export interface RunProgress {
  /** Settles once what was presented is drawn. */
  show(line: StreamLine, task: Task): void | Promise<void>
  /** A sentence in between, for example that the task is being cancelled. */
  say(text: string): void
  /** Takes the spinner away. Must be called, however the run ends. */
  stop(): void
}

export const runProgress = (task: Task, output: Output): RunProgress => {
  if (output.json) return { show: () => {}, say: () => {}, stop: () => {} }
  return output.isLively ? new Spinner(task, output) : plainProgress(output)
}

/** `✓ 43  completed in 6.1 s · 3 tool calls · 4.2k tok · $0.004` */
export const endLine = (task: Task, style: Style): string => {
  const [sign = '', word = ''] = statusLabel(task.status).split(' ')
  const took = tookMs(task)
  const facts = [
    took === null ? word : `${word} in ${formatDuration(took)}`,
    ...(task.usage.tool_calls > 0 ? [plural(task.usage.tool_calls, 'tool call')] : []),
    ...(task.usage.total_tokens > 0 ? [`${formatCount(task.usage.total_tokens)} tok`] : []),
    formatCost(task.usage.cost_usd),
  ].filter((fact) => fact !== '')
  return `${paintStatus(task.status, style)(sign)} ${task.number}  ${facts.join(' · ')}`
}

/** The line, and below it why the task failed, if it did. */
export const endText = (task: Task, style: Style): string =>
  task.status !== 'failed' || task.error === null
    ? endLine(task, style)
    : `${endLine(task, style)}\n   ${style.red(`${task.error.code}: ${sanitizeLine(task.error.message)}`)}`

const tookMs = ({ started_at, finished_at }: Task): number | null =>
  started_at === null || finished_at === null ? null : Date.parse(finished_at) - Date.parse(started_at)

const shownWhenPlain = new Set<Event['type']>(['tool_use', 'tool_result', 'error', 'thought'])

const plainProgress = (output: Output): RunProgress => ({
  show: async (line, task) => {
    if (isEvent(line) && (shownWhenPlain.has(line.type) || isDetour(line)))
      output.note(eventLine(line, String(task.number), output.noteStyle))
    const drawing = await drawingOf(line, output)
    if (drawing !== null) output.note(drawing)
  },
  say: (text) => output.note(text),
  stop: () => {},
})

/** What a call has presented, drawn where somebody sees it: stdout stays the answer's. */
const drawingOf = async (line: StreamLine, output: Output): Promise<string | null> => {
  if (line.type !== 'tool_result' || line.data.name !== presentTool || line.data.status !== 'ok') return null
  const place = output.notePlace
  return place === null ? null : presentedText(line.data.details, place)
}

/** The task left its slot before its end: it waits, or is to be tried again. */
export const isDetour = (event: Event): boolean =>
  event.type === 'status' &&
  event.data.previous === 'in_progress' &&
  (event.data.status === 'waiting' || event.data.status === 'pending')

export const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
export const frameMs = 80

/** A line that is drawn anew, and above it one line for each tool call that ended. */
class Spinner implements RunProgress {
  readonly #output: Output
  readonly #timer: NodeJS.Timeout
  readonly #startedMs = performance.now()
  readonly #calls = new Map<string, string>()
  #task: Task
  #frame = 0

  constructor(task: Task, output: Output) {
    this.#task = task
    this.#output = output
    this.#timer = setInterval(() => this.#draw(), frameMs).unref()
    this.#draw()
  }

  async show(line: StreamLine, task: Task): Promise<void> {
    this.#task = task
    if (!isEvent(line)) return
    if (line.type === 'tool_use') {
      const { call_id, name, args } = line.data
      this.#calls.set(call_id, `⚙ ${callText(name, args)}`)
    } else if (line.type === 'tool_result') {
      const { call_id, name, status, duration_ms } = line.data
      const call = this.#calls.get(call_id) ?? `⚙ ${sanitizeLine(name)}`
      this.#calls.delete(call_id)
      const { green, red } = this.#output.noteStyle
      this.say(
        `  ${call}  ${formatDuration(duration_ms)} ${status === 'ok' ? green('✓') : red(`✗ ${status}`)}`,
      )
      const drawing = await drawingOf(line, this.#output)
      if (drawing !== null) this.say(drawing)
    } else if (line.type === 'status' && isDetour(line)) {
      this.say(`  ${this.#output.noteStyle.yellow('!')} ${sanitizeLine(line.data.message)}`)
    } else if (line.type === 'error') {
      this.say(`  ${this.#output.noteStyle.red('✗')} ${line.data.code}: ${sanitizeLine(line.data.message)}`)
    }
    this.#draw()
  }

  say(text: string): void {
    this.#output.stderr.write(`${erase}${text}\n`)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#output.stderr.write(erase)
  }

  #draw(): void {
    const { number, progress, status } = this.#task
    const frame = frames[this.#frame++ % frames.length] ?? ''
    const steps =
      progress.max_steps === null ? `step ${progress.step}` : `step ${progress.step}/${progress.max_steps}`
    const clock = formatClock(performance.now() - this.#startedMs)
    const doing = [...this.#calls.values()].at(-1) ?? ''
    const where = status === 'in_progress' ? steps : whereabouts(this.#task)
    const text = cutRoughly(
      `${number}  ${where}  ${clock}   ${doing}`,
      (this.#output.stderr.columns || 80) - 3,
    )
    this.#output.stderr.write(`${erase}${this.#output.noteStyle.cyan(frame)} ${text}`)
  }
}

/** `waiting: rate limit until 14:03`. */
const whereabouts = (task: Task): string =>
  [statusLabel(task.status).slice(2), standing(task)].filter((part) => part !== '').join(': ')

/** To the first column, and clears the line. */
const erase = '\r\u001b[K'

/** Never too long for a line: what is not ASCII counts as two columns, because measuring exactly is slow to load. */
export const cutRoughly = (text: string, columns: number): string => {
  let width = 0
  let cut = ''
  for (const character of text) {
    width += character < '\u007f' ? 1 : 2
    if (width > columns) return `${cut}…`
    cut += character
  }
  return cut
}
