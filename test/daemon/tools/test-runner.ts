import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { CommandRunner } from '../../../src/daemon/tools/command-runner.ts'
import type { RunShell } from '../../../src/daemon/tools/shell.ts'
import { buildFixture } from '../../support/build-fixture.ts'

/** A runner built from its sources, for the tests of a file; gone after them. */
export const testRunner = (options: { readonly idleMs?: number } = {}): { readonly run: RunShell } => {
  let program: string
  let runner: CommandRunner
  beforeAll(async () => {
    program = await buildFixture('src/daemon/tools/runner/main.ts')
    runner = new CommandRunner({ program, ...options })
  })
  afterAll(async () => {
    await runner.close()
    await rm(path.dirname(program), { recursive: true, force: true })
  })
  return { run: (command, context) => runner.run(command, context) }
}
