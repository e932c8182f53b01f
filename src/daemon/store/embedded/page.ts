import type { Task, TaskStatus } from '../../../protocol/task.ts'

/** What is always in memory of a task, and in the compact index of its page. */
export interface Row {
  readonly number: number
  readonly id: string
  status: TaskStatus
  group: string
  readonly firstSeq: number
  lastSeq: number
  /** While the task is active, and until its present state is in the snapshot. */
  task: Task | undefined
}

/** Names of a page's files in the snapshot's folder. */
export interface PageFiles {
  readonly tasks: string
  readonly index: string
}

/** Neighbouring tasks, in the order of their numbers; at least one. */
export interface Page {
  readonly rows: Row[]
  /** Undefined before the page was first written. */
  readonly files: PageFiles | undefined
  /** Whether the files do not hold the present state of every task. */
  dirty: boolean
  /** To be called before a row is changed, added or taken out: a snapshot under way wants them as they were. */
  beforeChange?: (() => void) | undefined
}

/** A page holds at most this many tasks … */
export const pageTasks = 250
/** … of about this size together, so that reading or writing one never blocks for long. */
const pageBytes = 512 * 1024

/** What the files of a page hold. */
export interface StoredPageTasks {
  readonly tasks: readonly Task[]
}
export interface StoredPageIndex {
  readonly rows: readonly (readonly [number, string, TaskStatus, string, number, number])[]
}

export const encodeRows = (rows: readonly Row[]): StoredPageIndex => ({
  rows: rows.map((row) => [row.number, row.id, row.status, row.group, row.firstSeq, row.lastSeq]),
})

export const decodeRows = ({ rows }: StoredPageIndex): Row[] =>
  rows.map(([number, id, status, group, firstSeq, lastSeq]) => {
    return { number, id, status, group, firstSeq, lastSeq, task: undefined }
  })

/** Neighbouring tasks that together are about as large as a page may be. */
export const cutBySize = (tasks: readonly Task[]): Task[][] => {
  const parts: Task[][] = []
  let bytes = Infinity
  for (const task of tasks) {
    const taskBytes = roughBytes(task)
    if (bytes + taskBytes > pageBytes) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(task)
    bytes += taskBytes
  }
  return parts
}

/** The size of a task as JSON, to within a small factor: what is not of its own choosing takes about 1,000 bytes. */
const roughBytes = ({ prompt, request_payload, response_payload, error, labels }: Task): number =>
  1000 + roughJsonBytes([prompt, request_payload, response_payload, error, labels])

const roughJsonBytes = (value: unknown): number => {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 5
  let bytes = 2
  for (const [key, member] of Object.entries(value)) bytes += key.length + 4 + roughJsonBytes(member)
  return bytes
}
