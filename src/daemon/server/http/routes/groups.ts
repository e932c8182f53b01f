import type { ServerRoom } from '../../room.ts'
import type { Handlers } from './handlers.ts'

export const groupHandlers = ({
  queue,
}: ServerRoom): Pick<Handlers, 'listGroups' | 'pauseGroup' | 'resumeGroup'> => ({
  listGroups: () => ({ groups: queue.groups() }),
  pauseGroup: ({ name }) => queue.setGroupPaused(name, true),
  resumeGroup: ({ name }) => queue.setGroupPaused(name, false),
})
