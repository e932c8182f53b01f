import type { ServerRoom } from '../../room.ts'
import type { Handlers } from './handlers.ts'

type ScheduleRoute =
  | 'addSchedule'
  | 'listSchedules'
  | 'showSchedule'
  | 'editSchedule'
  | 'removeSchedule'
  | 'runSchedule'
  | 'enableSchedule'
  | 'disableSchedule'

export const scheduleHandlers = ({ schedules }: ServerRoom): Pick<Handlers, ScheduleRoute> => ({
  addSchedule: (params) => schedules.add(params),
  listSchedules: async () => ({ schedules: await schedules.list() }),
  showSchedule: ({ name }) => schedules.show(name),
  editSchedule: (params) => schedules.edit(params),
  removeSchedule: ({ name }) => schedules.remove(name),
  runSchedule: ({ name }) => schedules.run(name),
  enableSchedule: ({ name }) => schedules.enable(name),
  disableSchedule: ({ name }) => schedules.disable(name),
})
