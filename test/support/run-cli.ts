import { execa } from 'execa'
import path from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import type { FakeDaemon, FakeDaemonOptions } from './fake-daemon.ts'
import { startFakeDaemon } from './temp-home.ts'

const bin = path.join(import.meta.dirname, '../../bin/sparky.js')

export interface CliRun {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Starts the built command line with an environment of its own: no keys, no colours, no terminal. */
export const startCli = (
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { input = '' }: { readonly input?: string } = {},
) =>
  execa(process.execPath, [bin, ...args], {
    extendEnv: false,
    env: { PATH: process.env['PATH'] ?? '', SPARKY_HOME: home, SPARKY_PORT: '0', ...env },
    cwd: home,
    reject: false,
    input,
    stripFinalNewline: true,
  })

/** Runs it to its end. */
export const runCli = async (
  home: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<CliRun> => {
  const { exitCode, stdout, stderr } = await startCli(home, args, env)
  return { exitCode, stdout, stderr }
}

/** A fake daemon of the version of the command line, so that nobody is told to restart it. */
export const startMatchingDaemon = (options: Partial<FakeDaemonOptions> = {}): Promise<FakeDaemon> =>
  startFakeDaemon({ version: packageJson.version, ...options })
