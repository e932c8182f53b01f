import { SparkyError } from '../protocol/failure.ts'
import type { Desks } from './server/desks.ts'

const notYet = (): never => {
  throw new SparkyError('not_found', 'not there yet')
}

/** Scaffolding of the issue: each of these is replaced by the room that it stands for. */
export const noDesks: Desks = {
  agents: { list: () => ({ agents: [], problems: [] }), show: notYet },
  conversations: {
    list: () => [],
    show: notYet,
    rename: notYet,
    remove: notYet,
    export: notYet,
    send: notYet,
    taskIds: () => new Set(),
  },
  workflows: { list: async () => ({ workflows: [], problems: [] }), show: notYet, run: notYet },
}
