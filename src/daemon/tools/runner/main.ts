import { toFailure } from '../../../protocol/failure.ts'
import { runShell } from '../run-shell.ts'
import type { FromRunner, ToRunner } from './messages.ts'

/**
 * The runner: a small process that the daemon's commands are children of. To start a process costs time with the
 * memory of the one that starts it, and the daemon is large. And the runner outlives a daemon that is killed, for as
 * long as it takes to end its commands.
 */
const running = new Map<number, { readonly abort: AbortController; readonly over: Promise<void> }>()

/** Live output that the daemon has not taken yet; a stalled daemon sees no more of it than this. */
const maxUnsent = 64
let unsent = 0

const run = async ({ id, command, environment }: Extract<ToRunner, { kind: 'run' }>, signal: AbortSignal) => {
  try {
    const run = await runShell(command, {
      environment,
      signal,
      started: async (process) => send({ kind: 'started', id, process }),
      output: (text) => sendOutput(id, text),
    })
    send({ kind: 'ended', id, run })
  } catch (error) {
    send({ kind: 'failed', id, failure: toFailure(error) })
  }
  running.delete(id)
}

const sendOutput = (id: number, text: string): void => {
  if (unsent >= maxUnsent) return
  unsent += 1
  send({ kind: 'output', id, text }, () => (unsent -= 1))
}

/** Where the daemon has gone, nobody is to be told. */
const send = (message: FromRunner, onSent: () => void = () => {}): void => {
  if (process.connected) process.send?.(message, undefined, {}, onSent)
}

process.on('message', (message: ToRunner) => {
  switch (message.kind) {
    case 'run': {
      const abort = new AbortController()
      running.set(message.id, { abort, over: run(message, abort.signal) })
      return
    }
    case 'end':
      running.get(message.id)?.abort.abort()
  }
})

process.once('disconnect', () => {
  const all = [...running.values()]
  for (const { abort } of all) abort.abort()
  void Promise.all(all.map(({ over }) => over)).then(() => process.exit(0))
})

// The daemon decides when commands end, also where a terminal or an init system signals them all.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
