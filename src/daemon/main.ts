import { sparkyHome } from '../config/home.ts'
import type { DaemonFlags } from '../config/settings.ts'
import { startDaemon, type Daemon } from './daemon.ts'
import { foregroundLine, type DaemonMoment, type DaemonRole } from './lifecycle/foreground-lines.ts'
import { listenForSignals } from './lifecycle/signals.ts'

export interface RunDaemonOptions {
  readonly flags: DaemonFlags
  readonly env: NodeJS.ProcessEnv
  /** What it is to the person in front of it, if there is one: a worker, if left out. */
  readonly role?: DaemonRole
  /** Told everything that a daemon in the foreground says, in lines for people; undefined in the background. */
  readonly print?: (line: string) => void
  /** The same as it is. */
  readonly onMoment?: (moment: DaemonMoment) => void
  /** Called once, when the daemon answers. */
  readonly onReady?: (daemon: Daemon) => void
}

/** How long running attempts have to reach a safe point after a signal. */
const stopTimeoutMs = 10_000

/**
 * Runs a daemon in this process until it is told to stop, by a signal or by a client; resolves when it has let go
 * of everything. Rejects where it cannot start: `conflict` where one runs already, `store_damaged`, `usage` …
 */
export const runDaemon = async ({
  flags,
  env,
  role,
  print,
  onMoment,
  onReady,
}: RunDaemonOptions): Promise<void> => {
  // Before anything that takes time: a signal during the start must not leave a half-built daemon.
  let daemon: Daemon | undefined
  let signalledEarly = false
  const stopListening = listenForSignals({
    graceful: () => {
      if (daemon === undefined) signalledEarly = true
      else void daemon.stop({ timeoutMs: stopTimeoutMs, now: false })
    },
    forced: () => {
      if (daemon === undefined) process.exit(1)
      void daemon.stop({ timeoutMs: 0, now: true })
    },
  })
  try {
    daemon = await startDaemon({
      home: sparkyHome(env),
      flags,
      env,
      onMoment: (moment) => {
        print?.(foregroundLine(moment, new Date(), role))
        onMoment?.(moment)
      },
    })
    onReady?.(daemon)
    if (signalledEarly) void daemon.stop({ timeoutMs: stopTimeoutMs, now: false })
    await daemon.stopped
  } finally {
    stopListening()
  }
}
