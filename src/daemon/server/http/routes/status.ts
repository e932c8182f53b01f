import type { ServerRoom } from '../../room.ts'
import type { Handlers } from './handlers.ts'

export const statusHandlers = ({
  control,
  sessions,
  version,
}: ServerRoom): Pick<Handlers, 'health' | 'status' | 'websocketStats'> => ({
  health: () => ({ status: 'ok', version, uptime_s: control.status().uptime_s }),
  status: () => control.status(),
  websocketStats: () => sessions.stats(),
})
