import { EventEmitter } from 'node:events'
import type { Size } from '../layout/panes.ts'

/**
 * What Ink takes for the terminal. Ink lays out frames and hands each over whole; putting them on the terminal is
 * the painter's. (Ink's own way would clear the terminal's scrollback when a frame fills the screen, shift the
 * picture when it is resized, and print nothing where CI is set.)
 */
export class FrameSink extends EventEmitter {
  readonly #paint: (frame: string) => void
  columns: number
  rows: number

  constructor(size: Size, paint: (frame: string) => void) {
    super()
    this.columns = size.columns
    this.rows = size.rows
    this.#paint = paint
  }

  resize({ columns, rows }: Size): void {
    this.columns = columns
    this.rows = rows
  }

  write(frame: string): boolean {
    this.#paint(frame)
    return true
  }
}
