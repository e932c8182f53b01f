import { execa, execaSync } from 'execa'
import { randomUUID } from 'node:crypto'
import { vi } from 'vitest'

export const isTmuxInstalled = (): boolean => execaSync('tmux', ['-V'], { reject: false }).exitCode === 0

/** A real terminal: one window of a tmux server of its own. */
export class Tmux {
  readonly #socket = `sparky-test-${randomUUID()}`
  #isClosed = false

  async open(columns: number, rows: number, command: string): Promise<void> {
    const size = ['-x', String(columns), '-y', String(rows)]
    await this.#run('-f', '/dev/null', 'new-session', '-d', ...size, command)
    await this.#run('set', '-g', 'status', 'off')
    await this.resize(columns, rows)
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#run('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** Keys by tmux's names, such as `j`, `Enter`, `C-c`. */
  async press(...keys: string[]): Promise<void> {
    await this.#run('send-keys', ...keys)
  }

  screen(): Promise<string> {
    return this.#run('capture-pane', '-p')
  }

  /** What tmux knows of the terminal: `alternate_on`, `cursor_flag`, `wrap_flag`, `pane_pid` … */
  fact(name: string): Promise<string> {
    return this.#run('display-message', '-p', `#{${name}}`)
  }

  /** Resolves with the screen once it shows the text. */
  until(wanted: string | RegExp): Promise<string> {
    return vi.waitFor(
      async () => {
        const screen = await this.screen()
        if (typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen)) return screen
        throw new Error(`expected the terminal to show ${String(wanted)}, found:\n${screen}`)
      },
      { timeout: 15_000, interval: 50 },
    )
  }

  /** What runs in the terminal hears that it is gone. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#run('kill-server')
  }

  async #run(...args: string[]): Promise<string> {
    const { stdout } = await execa('tmux', ['-L', this.#socket, ...args])
    return stdout
  }
}
