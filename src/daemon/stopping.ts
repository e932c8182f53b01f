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
  readonly loops: readonly AgentLoop[]
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
export const stopping = ({ loops, followers, releasers, log }: StoppingParts): Stopping => {
  let isStopping = false
  let settle: (released: Promise<void>) => void
  const stopped = new Promise<void>((resolve) => {
    settle = resolve
  })
  const stopLoops = async (options: StopOptions): Promise<void> => {
    await Promise.all(loops.map((loop) => loop.stop(options)))
  }
  const stop = async (options: StopOptions): Promise<void> => {
    if (options.now) followers.hurry()
    if (isStopping) {
      if (options.now) await stopLoops(options)
      return
    }
    isStopping = true
    log.info(options, 'Daemon stopping')
    await stopLoops(options)
    settle(releasers.release())
    await stopped
  }
  return { stop, stopped }
}
