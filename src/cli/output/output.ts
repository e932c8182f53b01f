import type { Failure } from '../../protocol/failure.ts'
import { sanitize } from '../../protocol/sanitize.ts'
import type { Shell } from '../shell.ts'
import { safeJson } from './json.ts'
import { colourLevel, loadStyle, plain, type Style } from './style.ts'

/**
 * Where a command prints. Results go to stdout; notes, progress and errors to stderr. With `--json` stdout gets
 * JSON only, and stderr nothing but the object of an error.
 */
export class Output {
  readonly json: boolean
  readonly #shell: Shell
  #style: Style = plain
  #noteStyle: Style = plain

  constructor(shell: Shell, json: boolean) {
    this.#shell = shell
    this.json = json
  }

  /** Must be done before anything is printed for people. */
  async loadStyles(): Promise<void> {
    if (this.json) return
    const { env } = this.#shell
    this.#style = await loadStyle(colourLevel(() => this.#shell.stdout, env))
    this.#noteStyle = await loadStyle(colourLevel(() => this.stderr, env))
  }

  /** Colours of stdout. */
  get style(): Style {
    return this.#style
  }

  /** Colours of stderr. */
  get noteStyle(): Style {
    return this.#noteStyle
  }

  /** Width of stdout; without end where it is no terminal. */
  get columns(): number {
    return this.#shell.stdout.isTTY ? this.#shell.stdout.columns || 80 : Number.POSITIVE_INFINITY
  }

  /** Where something can be drawn for a person on stderr; null where nobody sees it. */
  get notePlace(): { columns: number; style: Style; ascii: boolean } | null {
    if (this.json || !this.stderr.isTTY) return null
    return { columns: this.stderr.columns || 80, style: this.noteStyle, ascii: this.#isDumb }
  }

  /** The same on stdout, for what people only ever read; 80 columns where that is no terminal. */
  get place(): { columns: number; style: Style; ascii: boolean } {
    const columns = this.#shell.stdout.isTTY ? this.columns : 80
    return { columns, style: this.style, ascii: this.#isDumb }
  }

  /** Whether stdout is a terminal. */
  get isOnTerminal(): boolean {
    return this.#shell.stdout.isTTY
  }

  get #isDumb(): boolean {
    return this.#shell.env['TERM'] === 'dumb'
  }

  /** Whether a person watches stderr, on a terminal that can redraw a line. */
  get isLively(): boolean {
    return !this.json && this.stderr.isTTY && !this.#isDumb
  }

  /** From now on the program goes on where nobody reads stdout any more: it does more than to print. */
  outliveReader(): void {
    const { stdout } = this.#shell
    stdout.removeAllListeners('error')
    stdout.on('error', () => {})
  }

  get stderr(): NodeJS.WriteStream {
    const { stderr } = this.#shell
    // Nobody is left to tell that nobody listens.
    if (stderr.listenerCount('error') === 0) stderr.on('error', () => {})
    return stderr
  }

  /** For people: text that is clean already. */
  line(text: string): void {
    this.#shell.stdout.write(`${text}\n`)
  }

  /** The one JSON value of a command. */
  value(value: unknown): void {
    this.line(safeJson(value, this.#shell.stdout.isTTY ? 2 : undefined))
  }

  /** One line of a stream of JSON. Resolves when the reader can take more. */
  async jsonLine(value: unknown): Promise<void> {
    await this.flow(safeJson(value))
  }

  /** One of very many lines. Resolves when the reader can take more. */
  async flow(text: string): Promise<void> {
    const { stdout } = this.#shell
    if (!stdout.write(`${text}\n`)) await new Promise<void>((resolve) => stdout.once('drain', resolve))
  }

  /** The result of a command, for whoever asked. */
  result(value: unknown, text: () => string): void {
    if (this.json) this.value(value)
    else this.line(text())
  }

  /** To stderr, for people. */
  note(text: string): void {
    if (!this.json) this.stderr.write(`${text}\n`)
  }

  error(failure: Failure): void {
    if (this.json) {
      this.stderr.write(`${safeJson({ error: failure })}\n`)
      return
    }
    const { red, dim } = this.noteStyle
    this.note(`${red('sparky:')} ${sanitize(failure.message)}`)
    if (failure.hint !== null) this.note(dim(sanitize(failure.hint)))
  }
}
