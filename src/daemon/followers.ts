import { toolEnvironment } from './agent/tool-environment.ts'
import { Hooks } from './hooks/hooks.ts'
import type { Log } from './lifecycle/log.ts'
import type { LiveSettings } from './live-settings.ts'
import type { Queue } from './queue/queue.ts'
import { RetentionSweep } from './retention/retention-sweep.ts'
import type { Store } from './store/store.ts'

interface FollowerParts {
  readonly home: string
  readonly positionFile: string
  readonly env: NodeJS.ProcessEnv
  readonly settings: LiveSettings
  readonly store: Store
  readonly queue: Queue
  readonly log: Log
}

export interface Followers {
  /** The configuration has changed. */
  readonly settingsChanged: () => void
  /** Lets hooks that run end, for a moment. */
  readonly close: () => Promise<void>
  /** `close` is not to wait, or to wait no longer. */
  readonly hurry: () => void
}

/** Starts what follows the events of the store and does something about them beside the agent: hooks, retention. */
export const startFollowers = async (parts: FollowerParts): Promise<Followers> => {
  const { settings, store, queue, log } = parts
  const hooks = await Hooks.start({
    ...parts,
    settings: () => settings.current.hooks,
    environment: hookEnvironment(parts.env),
  })
  const retention = new RetentionSweep({
    store,
    queue,
    log,
    retention: () => settings.current.retention,
    deliveredUpTo: () => hooks.deliveredUpTo,
  })
  hooks.onDelivered(() => retention.lookAgain())
  return {
    settingsChanged: () => retention.nudge(),
    close: async () => {
      await Promise.all([retention.close(), hooks.close()])
    },
    hurry: () => hooks.hurry(),
  }
}

/** As that of an agent's commands, without keys; and the way to the desktop that the daemon was started from. */
const hookEnvironment = (env: NodeJS.ProcessEnv): Record<string, string> => {
  const desktop = ['DBUS_SESSION_BUS_ADDRESS', 'XAUTHORITY'].flatMap((name) => {
    const value = env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...toolEnvironment(env, {}), ...Object.fromEntries(desktop) }
}
