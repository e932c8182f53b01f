import { EventEmitter, once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import stringWidth from 'string-width'

/** Enough of a terminal to see what a program draws and to type on it. Understands what `Painter` and `Terminal` write. */
export class FakeTerminal {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  /** Everything that was written, as it came. */
  written = ''
  /** Private modes that are set: 1049 the alternate screen, 25 the cursor, 7 line wrap, 2004 bracketed paste. */
  readonly modes = new Set(['25', '7'])
  isRaw = false
  #rows: string[] = []
  #row = 0
  readonly #keyboard = new PassThrough()
  readonly #changes = new EventEmitter()

  constructor(columns: number, rows: number) {
    this.#changes.setMaxListeners(0)
    this.stdin = Object.assign(this.#keyboard, {
      isTTY: true,
      isRaw: false,
      setRawMode: (isRaw: boolean) => {
        this.isRaw = isRaw
        Object.assign(this.#keyboard, { isRaw })
      },
      ref: () => {},
      unref: () => {},
    }) as unknown as ReadStream
    const write = (text: string): boolean => this.#write(text)
    this.stdout = Object.assign(new EventEmitter(), {
      isTTY: true,
      columns,
      rows,
      write,
    }) as unknown as WriteStream
  }

  /** The screen as text, without styles; rows end at their last character. */
  screen(): string {
    return Array.from({ length: this.stdout.rows }, (_, row) => this.rowText(row)).join('\n')
  }

  rowText(row: number): string {
    // oxlint-disable-next-line no-control-regex
    return (this.#rows[row] ?? '').replaceAll(/\u001B\[[\d;]*m/g, '').trimEnd()
  }

  /** The widest row on the screen, in columns. */
  widestRow(): number {
    return Math.max(
      ...this.screen()
        .split('\n')
        .map((row) => stringWidth(row)),
    )
  }

  type(text: string): void {
    this.#keyboard.write(text)
  }

  resize(columns: number, rows: number): void {
    Object.assign(this.stdout, { columns, rows })
    this.stdout.emit('resize')
  }

  /** Resolves with the screen as soon as it shows what is waited for. */
  async until(wanted: string | RegExp | ((screen: string) => boolean)): Promise<string> {
    const isThere = (screen: string): boolean =>
      typeof wanted === 'function'
        ? wanted(screen)
        : typeof wanted === 'string'
          ? screen.includes(wanted)
          : wanted.test(screen)
    const signal = AbortSignal.timeout(10_000)
    while (!isThere(this.screen())) {
      await once(this.#changes, 'change', { signal }).catch(() => {
        throw new Error(`expected the screen to show ${String(wanted)}, found:\n${this.screen()}`)
      })
    }
    return this.screen()
  }

  #write(text: string): boolean {
    this.written += text
    for (const { groups = {} } of text.matchAll(output)) this.#obey(groups)
    this.#changes.emit('change')
    return true
  }

  #obey({ row, mode, isSet, clear, plain }: Partial<Record<string, string>>): void {
    if (row !== undefined) this.#row = Number(row) - 1
    else if (mode !== undefined && isSet === 'h') this.modes.add(mode)
    else if (mode !== undefined) this.modes.delete(mode)
    else if (clear === '2J') this.#rows = []
    else this.#rows[this.#row] = clear === 'K' ? '' : (plain ?? '')
  }
}

/** A move to a row, a private mode, an erasure, or text with its colours. */
const output =
  // oxlint-disable-next-line no-control-regex
  /\u001B\[(?<row>\d+);1H|\u001B\[\?(?<mode>\d+)(?<isSet>[hl])|\u001B\[(?<clear>2J|K)|\u001B\[[<>]\d*u|(?<plain>(?:[^\u001B]|\u001B\[[\d;]*m)+)/g
