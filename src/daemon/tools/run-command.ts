import * as z from 'zod'
import type { Ending } from './shell.ts'
import { defineTool } from './tool.ts'
import { locate, workspaceOf } from './workspace.ts'

const defaultTimeoutS = 120

export const runCommand = defineTool({
  name: 'run_command',
  description:
    'Runs a command line with /bin/sh in the working directory and returns what it printed and its exit code. It has no ' +
    'terminal and no input; what it leaves running in the background is ended with it.',
  effect: 'once',
  input: z.strictObject({
    command: z
      .string()
      .min(1)
      .max(100_000)
      .refine((text) => !text.includes('\0'), 'expected a command without NUL characters in it')
      .describe('The command line, as typed into a shell.'),
    cwd: z
      .string()
      .max(4096)
      .optional()
      .describe('The folder to run it in, relative to the working directory. Default: that itself.'),
    timeout_s: z
      .number()
      .min(1)
      .max(3600)
      .optional()
      .describe(`Seconds after which it is ended. Default: ${defaultTimeoutS}.`),
  }),
  run: async ({ command, cwd, timeout_s: timeoutS = defaultTimeoutS }, context) => {
    const folder = cwd === undefined ? context.cwd : (await locate(await workspaceOf(context), cwd)).path
    const { ending, output, leftBehind } = await context.runShell(
      { command, cwd: folder, timeoutMs: timeoutS * 1000 },
      context,
    )
    const isGood = ending.kind === 'exited' && ending.exitCode === 0
    const notes = [
      ...(isGood ? [] : [explain(ending, timeoutS)]),
      ...(ending.kind === 'exited' && leftBehind
        ? ['processes that it left in the background were ended']
        : []),
    ]
    const printed = output.replace(/\n$/, '')
    return {
      status: isGood ? 'ok' : 'error',
      text: [printed === '' ? '(no output)' : printed, ...notes.map((note) => `[${note}]`)].join('\n'),
      readOn: 'Run it again with its output in a file, or through grep, head or tail, to see the rest.',
      details: {
        exit_code: ending.kind === 'exited' ? ending.exitCode : null,
        signal: ending.kind === 'signalled' ? ending.signal : null,
        timed_out: ending.kind === 'timed_out',
      },
    }
  },
})

const explain = (ending: Ending, timeoutS: number): string => {
  switch (ending.kind) {
    case 'exited':
      return `exit code ${ending.exitCode}`
    case 'signalled':
      return `ended by the signal ${ending.signal}`
    case 'timed_out':
      return `timed out after ${timeoutS} s and was ended, with all its processes`
    case 'aborted':
      return 'interrupted: it was ended, with all its processes'
  }
}
