import { closeSync, writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { DaemonFlags } from '../config/settings.ts'
import { SparkyError, toFailure } from '../protocol/failure.ts'
import { runDaemon } from './main.ts'

/** The file descriptor on which the launcher waits for one JSON line: ready, or why not. */
const readyFd = 3

/** The daemon as a process of its own, started by the client's launcher. */
const runDetached = async (argv: readonly string[]): Promise<void> => {
  const answer = (message: object): void => {
    try {
      writeSync(readyFd, `${JSON.stringify(message)}\n`)
      closeSync(readyFd)
    } catch {
      // Started by hand, or the launcher has gone: nobody waits for the answer.
    }
  }
  try {
    await runDaemon({
      flags: parseDaemonFlags(argv),
      env: process.env,
      onReady: (daemon) => answer({ ready: true, note: daemon.note }),
    })
    process.exit(0)
  } catch (error) {
    const failure = toFailure(error)
    process.stderr.write(`${failure.code}: ${failure.message}\n`)
    answer({ ready: false, error: failure })
    process.exit(1)
  }
}

/** The flags of `daemon.js`; the same words as those of `sparky agent start`. Throws `usage`. */
const parseDaemonFlags = (argv: readonly string[]): DaemonFlags => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      concurrency: { type: 'string' },
      'poll-interval': { type: 'string' },
      model: { type: 'string' },
      'no-auth': { type: 'boolean', default: false },
      'no-loop': { type: 'boolean', default: false },
    },
  })
  return {
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.port === undefined ? {} : { port: number('--port', values.port) }),
    ...(values.concurrency === undefined ? {} : { concurrency: number('--concurrency', values.concurrency) }),
    ...(values['poll-interval'] === undefined
      ? {}
      : { pollIntervalS: number('--poll-interval', values['poll-interval']) }),
    ...(values.model === undefined ? {} : { model: values.model }),
    auth: !values['no-auth'],
    loop: !values['no-loop'],
  }
}

const number = (flag: string, text: string): number => {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new SparkyError('usage', `expected ${flag} to be a number, found "${text}"`)
}

await runDetached(process.argv.slice(2))
