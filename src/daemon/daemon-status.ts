import type { DaemonStatus } from '../protocol/daemon-status.ts'
import type { AgentLoop } from './agent/agent-loop.ts'
import type { DaemonFile } from './daemon-file.ts'
import type { LiveSettings } from './live-settings.ts'
import type { Queue } from './queue/queue.ts'
import type { Store } from './store/store.ts'

interface StatusParts {
  readonly home: string
  readonly storePath: string
  readonly address: DaemonFile
  readonly sessions: number
  readonly settings: LiveSettings
  readonly loop: AgentLoop
  readonly queue: Queue
  readonly store: Store
}

/** What `sparky agent status` shows. */
export const daemonStatus = (parts: StatusParts): DaemonStatus => {
  const { home, storePath, address, sessions, settings, loop, queue, store } = parts
  return {
    running: true,
    pid: address.pid,
    url: address.url,
    version: address.version,
    started_at: address.started_at,
    // Not by the clock, which may be set back.
    uptime_s: Math.floor(process.uptime()),
    agent_loop: loop.isOn,
    last_heartbeat: loop.lastHeartbeat?.toISOString() ?? null,
    model: settings.models.defaultName,
    concurrency: settings.current.concurrency,
    paused: queue.paused,
    store: {
      kind: 'embedded',
      id: store.storeId,
      seq: store.lastSeq,
      path: storePath,
      writable: store.writable,
    },
    tasks: queue.counts(),
    sessions,
    home,
    poll_interval_s: settings.current.pollIntervalS,
    keys: [...settings.models.settings.keyNames],
  }
}
