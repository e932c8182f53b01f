import type { ApiParams } from '../../../../protocol/api.ts'
import { EventFilter } from '../../delivery/event-filter.ts'
import { eventPage } from '../event-page.ts'
import { eventStream } from '../event-stream.ts'
import type { ServerRoom } from '../../room.ts'
import type { Handler, Handlers } from './handlers.ts'
import { positive } from './tasks.ts'

const defaultEventLimit = 1000
const maxEventLimit = 10_000

/** Events of one task or of all: a page of JSON, or all of them line by line. */
export const eventHandlers = (room: ServerRoom): Pick<Handlers, 'events' | 'taskEvents'> => {
  const answer = (
    { after = 0, types, hide, limit, follow = false, deltas, tasks }: ApiParams<'events'>,
    { taskId, acceptsNdjson }: { taskId?: string; acceptsNdjson: boolean },
  ) => {
    const filter = new EventFilter({
      taskIds: taskId === undefined ? tasks?.map((ref) => room.store.resolve(ref).id) : [taskId],
      types,
      hide,
      deltas,
    })
    if (limit !== undefined) positive('limit', limit)
    if (follow) room.hub.checkCursor(after)
    if (acceptsNdjson || follow) return eventStream(room.hub, { after, filter, limit, follow, taskId })
    return eventPage(room.store, {
      after,
      filter,
      limit: Math.min(limit ?? defaultEventLimit, maxEventLimit),
    })
  }
  const events: Handler<'events'> = (params, { acceptsNdjson }) => answer(params, { acceptsNdjson })
  const taskEvents: Handler<'taskEvents'> = ({ id, ...params }, { acceptsNdjson }) =>
    answer(params, { taskId: room.store.resolve(id).id, acceptsNdjson })
  return { events, taskEvents }
}
