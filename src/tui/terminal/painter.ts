/** The part of a terminal's output stream that is painted on. */
export interface PaintTarget {
  write(text: string): boolean
  once(event: 'drain', listener: () => void): unknown
}

const beginFrame = '\u001B[?2026h'
const endFrame = '\u001B[?2026l'
const clearScreen = '\u001B[2J'
const clearToEnd = '\u001B[K'
const moveTo = (row: number): string => `\u001B[${row + 1};1H`

/**
 * Paints frames on the alternate screen: only the rows that changed, each at its place, in one write. A terminal
 * that is slow to read gets the newest frame when it is ready, and none of those between.
 */
export class Painter {
  readonly #target: PaintTarget
  #painted: readonly string[] = []
  #isBlank = false
  #isBusy = false
  #waiting: string | null = null

  constructor(target: PaintTarget) {
    this.#target = target
  }

  /** Paints a frame: rows, each complete in itself, with line breaks between. */
  paint(frame: string): void {
    if (this.#isBusy) {
      this.#waiting = frame
      return
    }
    const rows = frame.split('\n')
    const changes = this.#changesTo(rows)
    this.#painted = rows
    if (changes !== '' || !this.#isBlank) this.#write(changes)
  }

  /** Whatever is on the terminal now is not what was painted: the next frame is painted whole. */
  forget(): void {
    this.#painted = []
    this.#isBlank = false
  }

  #changesTo(rows: readonly string[]): string {
    let changes = ''
    for (let row = 0; row < Math.max(rows.length, this.#painted.length); row++) {
      const text = rows[row] ?? ''
      if (text === (this.#painted[row] ?? '')) continue
      // Erased first: erasing after a row that fills its line takes its last character away on many terminals.
      changes += moveTo(row) + clearToEnd + text
    }
    return changes
  }

  #write(changes: string): void {
    const clear = this.#isBlank ? '' : clearScreen
    this.#isBlank = true
    if (this.#target.write(beginFrame + clear + changes + endFrame)) return
    this.#isBusy = true
    this.#target.once('drain', () => {
      this.#isBusy = false
      const frame = this.#waiting
      this.#waiting = null
      if (frame !== null) this.paint(frame)
    })
  }
}
