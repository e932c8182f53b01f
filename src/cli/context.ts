import { DaemonAccess } from './daemon-access.ts'
import { Interrupts } from './interrupts.ts'
import { Output } from './output/output.ts'
import type { Shell } from './shell.ts'

/** What every command gets: the world around it, where it prints, and the way to the daemon. One for each process. */
export class Context {
  readonly shell: Shell
  readonly output: Output
  readonly daemon: DaemonAccess
  readonly interrupts = new Interrupts()
  /** How the command went, where it did not throw. */
  exitCode = 0

  constructor(shell: Shell, json: boolean) {
    this.shell = shell
    this.output = new Output(shell, json)
    this.daemon = new DaemonAccess(shell.env, this.output)
  }
}
