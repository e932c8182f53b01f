import { RunnerProcess } from './runner/runner-process.ts'
import type { RunShell } from './shell.ts'

export interface CommandRunnerOptions {
  /** The runner's program. */
  readonly program: string
  /** How long a runner stays that has nothing to run; 3 minutes if left out. */
  readonly idleMs?: number
}

/**
 * Runs commands in a process of its own beside the daemon: started with the first command, used by all, started again
 * where it has gone away. Commands do not outlive it, nor it the daemon: if either is killed, the other ends them.
 */
export class CommandRunner {
  readonly #program: string
  readonly #idleMs: number
  #runner: RunnerProcess | undefined
  #running = 0
  #idle: NodeJS.Timeout | undefined

  constructor({ program, idleMs = 3 * 60_000 }: CommandRunnerOptions) {
    this.#program = program
    this.#idleMs = idleMs
  }

  readonly run: RunShell = async (command, context) => {
    clearTimeout(this.#idle)
    this.#running += 1
    try {
      const { execa } = await import('execa')
      context.signal.throwIfAborted()
      if (this.#runner?.isConnected !== true) this.#runner = new RunnerProcess(execa, this.#program)
      return await this.#runner.run(command, context)
    } finally {
      this.#running -= 1
      if (this.#running === 0) this.#idle = setTimeout(() => void this.close(), this.#idleMs).unref()
    }
  }

  /** Ends the runner and what runs in it; the next command starts another. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const runner = this.#runner
    this.#runner = undefined
    await runner?.close()
  }
}
