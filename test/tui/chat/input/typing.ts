import {
  emptyInput,
  type InputState,
  type InputSurroundings,
} from '../../../../src/tui/chat/input/input-state.ts'
import { inputLines, popupLines } from '../../../../src/tui/chat/input/input-lines.ts'
import { pressKey } from '../../../../src/tui/chat/input/press-key.ts'
import { textOfLine } from '../../../../src/tui/layout/line.ts'
import { KeyReader } from '../../../../src/tui/state/key-names.ts'

const nothingAround: InputSurroundings = { width: 40, history: [], commands: [], found: null }

/** An input that is typed into as a terminal would: `type('\u001B[A')` is the arrow up. */
export class Typing {
  state: InputState = emptyInput
  readonly sent: string[] = []
  /** What of it was written here. */
  readonly typed: string[] = []
  readonly ignored: string[] = []
  around: InputSurroundings
  readonly #reader = new KeyReader()

  constructor(around: Partial<InputSurroundings> = {}) {
    this.around = { ...nothingAround, ...around }
  }

  type(...pieces: readonly string[]): this {
    for (const press of pieces.flatMap((piece) => this.#reader.read(piece))) {
      const { state, outcome } = pressKey(this.state, press, this.around)
      this.state = state
      if (outcome.kind === 'submitted') {
        this.sent.push(outcome.text)
        this.typed.push(outcome.typed)
      }
      if (outcome.kind === 'ignored') this.ignored.push(press.kind === 'key' ? press.name : 'paste')
    }
    return this
  }

  paste(text: string): this {
    return this.type('\u001B[200~', text, '\u001B[201~')
  }

  /** The rows as they are drawn, with the cursor as a bar. */
  rows(maxRows = 100): string[] {
    return inputLines(this.state, { width: this.around.width, maxRows }).lines.map((line) =>
      textOfLine(line).trimEnd(),
    )
  }

  popup(maxRows = 6): string[] {
    return popupLines(this.state, this.around, { width: this.around.width, maxRows }).map((line) =>
      textOfLine(line).trimEnd(),
    )
  }
}

export const keys = {
  up: '\u001B[A',
  down: '\u001B[B',
  right: '\u001B[C',
  left: '\u001B[D',
  home: '\u001B[H',
  end: '\u001B[F',
  delete: '\u001B[3~',
  backspace: '\u007F',
  escape: '\u001B',
  enter: '\r',
  tab: '\t',
  wordLeft: '\u001Bb',
  wordRight: '\u001Bf',
  undo: '\u001F',
} as const

/** `ctrl('a')` as a terminal sends it. */
export const ctrl = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) - 96)
