import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ReadStream, WriteStream } from 'node:tty'
import type { Size } from '../layout/panes.ts'
import { Painter } from './painter.ts'

/**
 * Alternate screen, no cursor, no automatic line wrap (a character that is wider than expected stays in its row),
 * bracketed paste, and keys told apart (kitty's protocol: shift+enter is not enter) where the terminal can.
 */
const enterScreen = '\u001B[?1049h\u001B[?25l\u001B[?7l\u001B[?2004h\u001B[>5u'
const leaveScreen = '\u001B[<u\u001B[?2004l\u001B[?7h\u001B[?25h\u001B[?1049l'

/** Lines below each other need no more than the paste. */
const enterLines = '\u001B[?2004h'
const leaveLines = '\u001B[?2004l'

/** Those that end the program also while another one has the terminal. */
const lastingSignals = ['SIGTERM', 'SIGHUP'] as const
export type EndingSignal = 'SIGINT' | (typeof lastingSignals)[number]

const mostTurns = 100

const ignore = (): void => {}

export interface TerminalEvents {
  /** The size changed, or what is on the screen was lost. */
  readonly onChanged: () => void
  readonly onSignal: (signal: EndingSignal) => void
  /** The terminal is gone. */
  readonly onGone: () => void
}

/**
 * The terminal while the screens have it. However the program ends (key, signal, exception, `process.exit`), the
 * terminal is left as it was found.
 */
export class Terminal {
  readonly #painter: Painter
  readonly #stdin: ReadStream
  readonly #stdout: WriteStream
  readonly #events: TerminalEvents
  readonly #isScreen: boolean
  #isEntered = false

  /** `use`: a screen that is painted, or lines below each other. */
  constructor(
    stdin: ReadStream,
    stdout: WriteStream,
    events: TerminalEvents,
    use: 'screen' | 'lines' = 'screen',
  ) {
    this.#isScreen = use === 'screen'
    this.#stdin = stdin
    this.#stdout = stdout
    this.#events = events
    this.#painter = new Painter(stdout)
  }

  size(): Size {
    return { columns: this.#stdout.columns || 80, rows: this.#stdout.rows || 24 }
  }

  open(): void {
    this.#enter()
    this.#stdout.on('error', this.#gone)
    this.#stdin.on('error', this.#gone)
    this.#stdin.on('end', this.#gone)
    this.#forgiveRawMode()
    process.on('exit', this.#leave)
    process.on('uncaughtExceptionMonitor', this.#leave)
    for (const signal of lastingSignals) process.on(signal, this.#events.onSignal)
    this.#listen()
  }

  close(): void {
    this.#leave()
    this.#unlisten()
    this.#stdin.off('end', this.#gone)
    process.off('SIGINT', ignore)
    process.off('exit', this.#leave)
    process.off('uncaughtExceptionMonitor', this.#leave)
    for (const signal of lastingSignals) process.off(signal, this.#events.onSignal)
  }

  /** Paints a frame, unless another program has the terminal. */
  paint(frame: string): void {
    if (this.#isEntered) this.#painter.paint(frame)
  }

  /**
   * Gives the terminal as it was found to a program that is about to be started. Ctrl+c and ctrl+z are for that
   * program meanwhile, although they reach this one too.
   */
  async lend(): Promise<void> {
    this.#unlisten()
    process.on('SIGINT', ignore)
    this.#leave()
    await this.#stopReading()
  }

  /** Takes it back and paints everything anew. */
  takeBack(): void {
    process.off('SIGINT', ignore)
    this.#listen()
    this.#enter()
    this.#changed()
  }

  /** Paints everything anew, whatever else wrote on the terminal. */
  redraw(): void {
    this.#changed()
  }

  /** Stops the program and everything that was started with it, as ctrl+z does elsewhere. */
  suspend(): void {
    process.kill(0, 'SIGTSTP')
  }

  /** To what is meant for whoever has the terminal. */
  #listen(): void {
    this.#stdout.on('resize', this.#changed)
    process.on('SIGINT', this.#events.onSignal)
    process.on('SIGTSTP', this.#stop)
    process.on('SIGCONT', this.#resume)
  }

  #unlisten(): void {
    this.#stdout.off('resize', this.#changed)
    process.off('SIGINT', this.#events.onSignal)
    process.off('SIGTSTP', this.#stop)
    process.off('SIGCONT', this.#resume)
  }

  /**
   * A key that is read here is lost for the other program. A stream stops reading only if it is paused after its last
   * listener is gone, which is a few turns after whoever listened let go.
   */
  async #stopReading(): Promise<void> {
    for (let turn = 0; turn < mostTurns && this.#stdin.listenerCount('readable') > 0; turn++) await nextTurn()
    await nextTurn()
    this.#stdin.pause()
    await nextTurn()
  }

  #enter(): void {
    this.#isEntered = true
    this.#stdout.write(this.#isScreen ? enterScreen : enterLines)
    this.#painter.forget()
  }

  readonly #leave = (): void => {
    if (!this.#isEntered) return
    this.#isEntered = false
    if (this.#stdin.isRaw) this.#stdin.setRawMode(false)
    this.#stdout.write(this.#isScreen ? leaveScreen : leaveLines)
  }

  readonly #changed = (): void => {
    this.#painter.forget()
    this.#events.onChanged()
  }

  /** Stays for good: a terminal that is gone fails what is still being read from it and written to it. */
  readonly #gone = (): void => {
    this.#isEntered = false
    this.#events.onGone()
  }

  /** Whoever sets a mode of a terminal that is gone, as Ink does when it ends, would fail with EIO. */
  #forgiveRawMode(): void {
    const stdin = this.#stdin
    const setRawMode = stdin.setRawMode.bind(stdin)
    stdin.setRawMode = (isRaw) => {
      try {
        setRawMode(isRaw)
      } catch {
        this.#gone()
      }
      return stdin
    }
  }

  readonly #stop = (): void => {
    this.#leave()
    process.kill(process.pid, 'SIGSTOP')
  }

  readonly #resume = (): void => {
    if (this.#stdin.isTTY) this.#stdin.setRawMode(true)
    this.#enter()
    this.#changed()
  }
}
