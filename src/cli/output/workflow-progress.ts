import type { StreamLine } from '../../protocol/api.ts'
import type { Event } from '../../protocol/event.ts'
import { isEvent } from '../../protocol/event-names.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Task } from '../../protocol/task.ts'
import { formatClock, formatDuration } from './amounts.ts'
import { eventLine } from './event-line.ts'
import type { Output } from './output.ts'
import { cutRoughly, frameMs, frames, isDetour, type RunProgress } from './run-progress.ts'
import type { Style } from './style.ts'
import { cardWith, newCard, type CardNode, type CardTool, type WorkflowCard } from './workflow-card.ts'

interface WorkflowRun {
  readonly task: Task
  readonly name: string
  /** In the order in which they are defined. */
  readonly nodes: readonly string[]
}

/** What `workflow run` shows on stderr while it waits: a card of the nodes, or a line for each thing that happens. */
export const workflowProgress = (run: WorkflowRun, output: Output): RunProgress => {
  if (output.json) return { show: () => {}, say: () => {}, stop: () => {} }
  return output.isLively ? new LiveCard(run, output) : plainProgress(output)
}

const plainProgress = (output: Output): RunProgress => {
  let node: string | null = null
  return {
    show: (line, task) => {
      if (!isEvent(line)) return
      if (line.type === 'node_update') ({ node } = line.data)
      // That a node begins is said already.
      const isNote = line.type === 'progress' && line.data.note !== null && line.data.note !== node
      if (isNote || isShownPlain(line)) output.note(eventLine(line, String(task.number), output.noteStyle))
    },
    say: (text) => output.note(text),
    stop: () => {},
  }
}

const isShownPlain = (event: Event): boolean =>
  event.type === 'node_update' ||
  event.type === 'error' ||
  (event.type === 'tool_update' && event.data.status !== 'executing') ||
  isDetour(event)

/** Below a node that runs, or has failed, no more tools than these are shown, the newest. */
const maxTools = 6

/** Drawn anew in place while the workflow runs; it stays as it is at the end. */
class LiveCard implements RunProgress {
  readonly #run: WorkflowRun
  readonly #output: Output
  readonly #timer: NodeJS.Timeout
  readonly #startedMs = performance.now()
  #card: WorkflowCard
  #task: Task
  #drawnRows = 0
  #frame = 0

  constructor(run: WorkflowRun, output: Output) {
    this.#run = run
    this.#output = output
    this.#task = run.task
    this.#card = newCard(run.nodes)
    this.#timer = setInterval(() => this.#draw(), frameMs).unref()
    this.#draw()
  }

  show(line: StreamLine, task: Task): void {
    this.#task = task
    if (!isEvent(line)) return
    this.#card = cardWith(this.#card, line)
    const { red, yellow } = this.#output.noteStyle
    if (line.type === 'error') this.say(`${red('✗')} ${line.data.code}: ${sanitizeLine(line.data.message)}`)
    else if (line.type === 'status' && isDetour(line))
      this.say(`${yellow('!')} ${sanitizeLine(line.data.message)}`)
  }

  say(text: string): void {
    this.#write(`${this.#erased}${text}\n`)
    this.#drawnRows = 0
    this.#draw()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#draw()
  }

  #draw(): void {
    const { columns, rows } = this.#output.stderr
    const spinner = frames[this.#frame++ % frames.length] ?? ''
    const { number } = this.#task
    const clock = formatClock(performance.now() - this.#startedMs)
    const head = `${number}  ${sanitizeLine(this.#run.name)}  ${this.#card.status}  ${clock}`
    const look = { spinner, style: this.#output.noteStyle, columns: columns || 80, nowMs: Date.now() }
    const lines = [cutRoughly(head, look.columns - 2), ...cardLines(this.#card, look)]
    // What scrolls out of a terminal cannot be drawn again.
    const shown = lines.slice(-Math.max(1, (rows || 24) - 1))
    this.#write(`${this.#erased}${shown.join('\n')}\n`)
    this.#drawnRows = shown.length
  }

  get #erased(): string {
    return this.#drawnRows === 0 ? '' : `\u001b[${this.#drawnRows}A\r\u001b[J`
  }

  #write(text: string): void {
    this.#output.stderr.write(text)
  }
}

interface Look {
  readonly spinner: string
  readonly style: Style
  readonly columns: number
  readonly nowMs: number
}

/** The rows of a card, each within `columns`. Exported for tests. */
export const cardLines = (card: WorkflowCard, look: Look): string[] =>
  card.nodes.flatMap((node) => [
    nodeLine(node, look),
    ...node.tools.slice(-maxTools).map((tool) => toolLine(tool, look)),
    ...(node.status === 'executing' && card.note !== null
      ? [look.style.dim(cutRoughly(`      ${sanitizeLine(card.note)}`, look.columns - 2))]
      : []),
  ])

const nodeLine = (node: CardNode, { spinner, style, columns, nowMs }: Look): string => {
  const { name, status, runs, tookMs, beganMs, error } = node
  const sign = { waiting: '·', executing: spinner, completed: '✓', failed: '✗', left: '⊘' }[status]
  const paint = {
    waiting: style.dim,
    executing: style.cyan,
    completed: style.green,
    failed: style.red,
    left: style.yellow,
  }[status]
  const ranMs = status === 'executing' && beganMs !== null ? Math.max(0, nowMs - beganMs) : tookMs
  const facts = [
    sanitizeLine(name),
    ...(runs > 1 ? [`×${runs}`] : []),
    ...(ranMs === null ? [] : [formatDuration(ranMs)]),
    ...(error === null ? [] : [sanitizeLine(error)]),
  ]
  const text = cutRoughly(facts.join('  '), columns - 6)
  return `  ${paint(sign)} ${status === 'waiting' ? style.dim(text) : text}`
}

const toolLine = ({ name, status, message, tookMs }: CardTool, { style, columns }: Look): string => {
  const took = tookMs === null ? '' : `  ${formatDuration(tookMs)}`
  const sign = { executing: '…', completed: '✓', failed: '✗' }[status]
  const paint = { executing: style.dim, completed: style.green, failed: style.red }[status]
  return `      ${paint(sign)} ${cutRoughly(`${sanitizeLine(name)}${took}  ${sanitizeLine(message)}`, columns - 10)}`
}
