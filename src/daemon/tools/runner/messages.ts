import type { Failure } from '../../../protocol/failure.ts'
import type { ShellCommand, ShellRun } from '../shell.ts'
import type { StartedProcess } from '../tool.ts'

/** What the daemon tells its runner. `end` ends the command with that `id`, which then settles as aborted. */
export type ToRunner =
  | {
      readonly kind: 'run'
      readonly id: number
      readonly command: ShellCommand
      readonly environment: Readonly<Record<string, string>>
    }
  | { readonly kind: 'end'; readonly id: number }

/** What the runner answers: at most one `started`, any number of `output`, then one `ended` or `failed`. */
export type FromRunner =
  | { readonly kind: 'started'; readonly id: number; readonly process: StartedProcess }
  | { readonly kind: 'output'; readonly id: number; readonly text: string }
  | { readonly kind: 'ended'; readonly id: number; readonly run: ShellRun }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure }
