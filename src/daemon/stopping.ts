import type { AgentLoop } from './agent/agent-loop.ts'
import type { Followers } from './followers.ts'
import type { Log } from './lifecycle/log.ts'
import type { Releasers } from './lifecycle/releasers.ts'

export interface StopOptions {
  /** How long running attempts have to reach a safe point. */
  readonly timeoutMs: number
  /** Does not wait for them. */
  readonly now: boolean
}

interface StoppingParts {
  readonly loop: AgentLoop
  readonly followers: Followers
  readonly releasers: Releasers
  readonly log: Log
}

export interface Stopping {
  /** Begins to end; `stopped` says when it has. A second call can only hurry. */
  stop(options: StopOptions): Promise<void>
  /** Resolves when everything has been let go of. */
  readonly stopped: Promise<void>
}

/** The end of the daemon: attempts first, then everything else in reverse. */
export const stopping = ({ loop, followers, releasers, log }: StoppingParts): Stopping => {
  let isStopping = false
  let settle: (released: Promise<void>) => void
  const stopped = new Promise<void>((resolve) => {
    settle = resolve
  })
  const stop = async (options: StopOptions): Promise<void> => {
    if (options.now) followers.hurry()
    if (isStopping) {
      if (options.now) await loop.stop(options)
      return
    }
    isStopping = true
    log.info(options, 'Daemon stopping')
    await loop.stop(options)
    settle(releasers.release())
    await stopped
  }
  return { stop, stopped }
}
