/**
 * What ends a daemon from outside. SIGHUP is no reason to go: the terminal that started it has closed. SIGUSR1
 * would open Node's inspector, a way into the process for anybody who may signal it.
 */
const endingSignals = ['SIGTERM', 'SIGINT'] as const
const ignoredSignals = ['SIGHUP', 'SIGUSR1', 'SIGPIPE'] as const

interface SignalHandlers {
  /** The first ending signal: go in good order. */
  readonly graceful: (signal: NodeJS.Signals) => void
  /** A second one: go at once. */
  readonly forced: (signal: NodeJS.Signals) => void
}

/** Returns the undo. */
export const listenForSignals = ({ graceful, forced }: SignalHandlers): (() => void) => {
  let signalled = false
  const onEnding = (signal: NodeJS.Signals): void => {
    if (signalled) return forced(signal)
    signalled = true
    graceful(signal)
  }
  const onIgnored = (): void => {}
  for (const signal of endingSignals) {
    // conf brings along a listener that raises each signal a second time, which would force every stop.
    process.removeAllListeners(signal)
    process.on(signal, onEnding)
  }
  for (const signal of ignoredSignals) process.on(signal, onIgnored)
  return () => {
    for (const signal of endingSignals) process.off(signal, onEnding)
    for (const signal of ignoredSignals) process.off(signal, onIgnored)
  }
}
