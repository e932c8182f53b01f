import type { ApiName, ApiParams, ApiResult } from '../../../../protocol/api.ts'
import type { Reply } from '../reply.ts'
import type { ServerRoom } from '../../room.ts'
import { agentHandlers } from './agent.ts'
import { deskHandlers } from './desks.ts'
import { eventHandlers } from './events.ts'
import { groupHandlers } from './groups.ts'
import { openApiHandlers } from './openapi.ts'
import { approvalHandlers, inspectionHandlers } from './inspection.ts'
import { metricsHandlers } from './metrics.ts'
import { resultHandlers } from './results.ts'
import { scheduleHandlers } from './schedules.ts'
import { statusHandlers } from './status.ts'
import { taskHandlers } from './tasks.ts'

export interface RequestContext {
  readonly acceptsNdjson: boolean
  /** Calls back once the answer has been handed over, or the client is gone. */
  readonly afterReply: (callback: () => void) => void
}

/** Answers one endpoint, or throws a `SparkyError`. */
export type Handler<N extends ApiName> = (
  params: ApiParams<N>,
  context: RequestContext,
) => Answer<N> | Promise<Answer<N>>

type Answer<N extends ApiName> = ApiResult<N> | Reply

/** One handler for each row of the api table: a missing one does not compile. */
export type Handlers = { readonly [N in ApiName]: Handler<N> }

export const createHandlers = (room: ServerRoom): Handlers => ({
  ...statusHandlers(room),
  ...openApiHandlers(room),
  ...taskHandlers(room),
  ...eventHandlers(room),
  ...resultHandlers(room),
  ...groupHandlers(room),
  ...scheduleHandlers(room),
  ...agentHandlers(room),
  ...deskHandlers(room),
  ...metricsHandlers(room),
  ...inspectionHandlers(room),
  ...approvalHandlers(),
})
