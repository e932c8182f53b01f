import type { ToolContext } from './tool.ts'

export interface ShellCommand {
  readonly command: string
  /** Absolute path. */
  readonly cwd: string
  readonly timeoutMs: number
}

/** What ended a command. */
export type Ending =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'aborted' }

export interface ShellRun {
  readonly ending: Ending
  /** Both streams as they came, in bounded memory: head and tail of a flood. */
  readonly output: string
  /** Whether processes of its group outlived it, and were ended. */
  readonly leftBehind: boolean
}

/** Runs a command to its end; what it is told to watch is as in `ToolContext`. */
export type RunShell = (
  command: ShellCommand,
  context: Pick<ToolContext, 'environment' | 'signal' | 'output' | 'started'>,
) => Promise<ShellRun>
