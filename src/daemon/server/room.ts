import type { Log } from '../lifecycle/log.ts'
import type { Queue } from '../queue/queue.ts'
import type { Schedules } from '../schedules/schedules.ts'
import type { Store } from '../store/store.ts'
import type { ChatAgents } from './chat-agents.ts'
import type { DaemonControl } from './daemon-control.ts'
import type { Desks } from './desks.ts'
import type { Hub } from './delivery/hub.ts'
import type { RequestTally } from './http/request-tally.ts'
import type { Sessions } from './sockets/sessions.ts'
import type { Surroundings } from './surroundings.ts'

/** What the handlers of requests and frames work with. */
export interface ServerRoom {
  readonly queue: Queue
  readonly schedules: Schedules
  readonly store: Store
  readonly hub: Hub
  readonly chat: ChatAgents
  readonly control: DaemonControl
  readonly surroundings: Surroundings
  readonly desks: Desks
  readonly sessions: Sessions
  readonly requests: RequestTally
  readonly log: Log
  readonly version: string
}
