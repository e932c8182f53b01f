import * as z from 'zod'
import { taskStatuses } from './task.ts'

export const statusCounts = z.object(
  Object.fromEntries(taskStatuses.map((status) => [status, z.number()])) as Record<
    (typeof taskStatuses)[number],
    z.ZodNumber
  >,
)
export type StatusCounts = z.infer<typeof statusCounts>

export const daemonStatusSchema = z.object({
  running: z.literal(true),
  pid: z.number(),
  url: z.string(),
  version: z.string(),
  started_at: z.string(),
  uptime_s: z.number(),
  agent_loop: z.boolean(),
  last_heartbeat: z.string().nullable(),
  model: z.string(),
  concurrency: z.number(),
  paused: z.boolean(),
  store: z.object({
    kind: z.enum(['embedded', 'postgres']),
    id: z.string(),
    seq: z.number(),
    path: z.string().nullable(),
    writable: z.boolean(),
  }),
  tasks: statusCounts,
  sessions: z.number(),
  home: z.string(),
  poll_interval_s: z.number(),
  /** Names of the provider keys that the daemon has, never their values. */
  keys: z.array(z.string()),
})
export type DaemonStatus = z.infer<typeof daemonStatusSchema>
