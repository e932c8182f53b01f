import type { DaemonStatus } from '../../src/protocol/daemon-status.ts'
import { taskStatuses } from '../../src/protocol/status.ts'
import type { Task } from '../../src/protocol/task.ts'

/** What a daemon with these tasks says about itself, with what a test says about it. */
export const aStatus = (tasks: readonly Task[] = [], fields: Partial<DaemonStatus> = {}): DaemonStatus => ({
  running: true,
  pid: process.pid,
  url: 'http://127.0.0.1:7717',
  version: '1.0.0',
  started_at: '2026-11-20T12:00:00.000Z',
  uptime_s: 1,
  agent_loop: true,
  last_heartbeat: '2026-11-20T12:00:00.000Z',
  model: 'offline/demo',
  concurrency: 2,
  paused: false,
  store: { kind: 'embedded', id: 'store-1', seq: 0, path: '/', writable: true },
  tasks: Object.fromEntries(
    taskStatuses.map((status) => [status, tasks.filter((task) => task.status === status).length]),
  ) as DaemonStatus['tasks'],
  sessions: 0,
  home: '/',
  poll_interval_s: 10,
  keys: [],
  ...fields,
})
