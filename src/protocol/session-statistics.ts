import * as z from 'zod'
import { socketEndpoints } from './socket-endpoints.ts'

/** One authenticated WebSocket. */
const sessionRowSchema = z.object({
  session_id: z.string(),
  user_id: z.string(),
  endpoint: z.enum(socketEndpoints),
  /** The one task that it watches, where the endpoint is for one. */
  task_id: z.string().nullable(),
  /** What it calls itself. */
  client: z.string().nullable(),
  connected_at: z.string(),
  events_sent: z.number().int(),
  /** Handed over, and not yet taken by the system. */
  buffered_bytes: z.number().int(),
  subscribed: z.boolean(),
  /** The newest `seq` that it was sent, or that its filter hid from it. */
  cursor: z.number().int().nullable(),
  /** Whether it fell behind and is being replayed. */
  lagging: z.boolean(),
})
export type SessionRow = z.infer<typeof sessionRowSchema>

export const sessionStatisticsSchema = z.object({
  /** WebSockets, on all endpoints. */
  total_connections: z.number().int(),
  max_connections: z.number().int(),
  unique_users: z.number().int(),
  /** Readers of events: those of WebSockets, and those that follow over HTTP. */
  subscriptions: z.number().int(),
  /** Tasks in progress; of them, those that are workflows. */
  active_workflows: z.number().int(),
  active_tasks: z.number().int(),
  /** Events written to readers since the daemon started, and a second over the last ten. */
  events_sent: z.number().int(),
  events_per_second: z.number(),
  /** Readers that fell behind and are being replayed. */
  slow_consumers: z.number().int(),
  sessions: z.array(sessionRowSchema),
})
export type SessionStatistics = z.infer<typeof sessionStatisticsSchema>
