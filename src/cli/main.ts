import { exitCodes, toFailure } from '../protocol/failure.ts'
import { Context } from './context.ts'
import { exitCodeOfFailure } from './exit-code.ts'
import { runProgram, wantsJson } from './program.ts'

/** Runs one command line. The only place where errors become exit codes. */
const main = async (argv: readonly string[]): Promise<void> => {
  const context = new Context(process, wantsJson(argv))
  await context.output.loadStyles()
  try {
    await runProgram(argv, context)
    process.exitCode = context.exitCode
  } catch (error) {
    const failure = toFailure(error)
    context.output.error(failure)
    process.exitCode = exitCodeOfFailure(failure.code)
  }
}

// The reader has gone (`sparky … | head`): nobody is left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failed)
})

void main(process.argv.slice(2))
