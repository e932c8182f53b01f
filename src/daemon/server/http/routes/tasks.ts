import { SparkyError } from '../../../../protocol/failure.ts'
import type { TaskStatus } from '../../../../protocol/task.ts'
import type { TaskFilter } from '../../../queue/queue.ts'
import { Reply, sendText } from '../reply.ts'
import type { ServerRoom } from '../../room.ts'
import type { Handlers } from './handlers.ts'

const defaultTaskLimit = 50
/** A page larger than this is cut; its `next_cursor` leads on. */
const maxTaskLimit = 1000

type TaskRoute =
  | 'addTask'
  | 'listTasks'
  | 'clearTasks'
  | 'showTask'
  | 'editTask'
  | 'removeTask'
  | 'cancelTask'
  | 'retryTask'
  | 'pauseTask'
  | 'resumeTask'
  | 'whyTask'

export const taskHandlers = ({ queue, store }: ServerRoom): Pick<Handlers, TaskRoute> => ({
  addTask: async (params) => {
    const json = await queue.addAsText(params)
    return new Reply((response) => sendText(response, 201, json))
  },
  listTasks: async ({ limit = defaultTaskLimit, cursor, ...filters }) => {
    const page = await store.tasks({
      ...filterOf(filters),
      limit: Math.min(positive('limit', limit), maxTaskLimit),
      ...(cursor === undefined ? {} : { before: numberOf(cursor) }),
    })
    return {
      tasks: [...page.tasks],
      next_cursor: page.nextBefore === null ? null : String(page.nextBefore),
    }
  },
  clearTasks: async ({ all = false, ...filters }) => {
    if (!all && Object.values(filters).every((value) => value === undefined)) {
      throw new SparkyError('usage', 'expected status, group, label or all, found none of them', {
        hint: 'all removes every finished task',
      })
    }
    return queue.clear(filterOf(filters))
  },
  showTask: ({ id }) => store.resolve(id),
  editTask: (params) => queue.edit(params.id, params),
  removeTask: ({ id }) => queue.remove(id),
  cancelTask: ({ id, reason = null }) => queue.cancel(id, { by: 'user', reason }),
  retryTask: ({ id }) => queue.retry(id),
  pauseTask: ({ id }) => queue.pause(id),
  resumeTask: ({ id }) => queue.resume(id),
  whyTask: ({ id }) => queue.why(id),
})

interface WireFilter {
  readonly status?: readonly TaskStatus[] | undefined
  readonly group?: string | undefined
  /** Each `NAME=VALUE`. */
  readonly label?: readonly string[] | undefined
}

const filterOf = ({ status, group, label }: WireFilter): TaskFilter => ({
  ...(status === undefined ? {} : { statuses: new Set(status) }),
  ...(group === undefined ? {} : { group }),
  ...(label === undefined ? {} : { labels: Object.fromEntries(label.map(splitLabel)) }),
})

const splitLabel = (label: string): [string, string] => {
  const at = label.indexOf('=')
  return [label.slice(0, at), label.slice(at + 1)]
}

const numberOf = (cursor: string): number => {
  if (!/^\d{1,15}$/.test(cursor)) {
    throw new SparkyError(
      'usage',
      `expected cursor to be a next_cursor of an earlier page, found "${cursor}"`,
    )
  }
  return Number(cursor)
}

/** A count that makes sense; throws `usage` for zero. */
export const positive = (name: string, value: number): number => {
  if (Number.isInteger(value) && value > 0) return value
  throw new SparkyError('usage', `expected ${name} to be a whole number above 0, found ${value}`)
}
