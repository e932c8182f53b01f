import type { Connection, Feed, FeedItem, FeedOptions } from '../client/feed.ts'
import type { DaemonClient } from '../client/daemon-client.ts'
import type { StreamLine } from '../protocol/api.ts'
import { delegatedBy } from '../protocol/delegated.ts'
import { deltaTypes, isEvent, type DeltaType, type EventType } from '../protocol/event-names.ts'
import { SparkyError } from '../protocol/failure.ts'
import { applyEvent } from '../protocol/fold.ts'
import { isFinal } from '../protocol/status.ts'
import type { Task } from '../protocol/task.ts'
import type { Context } from './context.ts'
import { lineText } from './output/event-line.ts'

export interface LineFilter {
  readonly only?: readonly (EventType | DeltaType)[]
  readonly hide?: readonly (EventType | DeltaType)[]
  readonly errors?: boolean
  readonly since?: number
}

/**
 * `watch` without a screen: a line for each event, or with `--json` the events themselves. Where tasks are named it
 * begins with the first event of each, and ends when all of them have ended.
 */
export const watchLines = async (
  context: Context,
  refs: readonly string[],
  filter: LineFilter,
): Promise<void> => {
  const { openFeed } = await import('../client/live-feed.ts')
  const client = context.daemon.look()
  const tasks = new Map<string, Task>()
  for (const id of refs) {
    const task = await client.call('showTask', { id })
    tasks.set(task.id, task)
  }
  const labels = new TaskLabels(client, [...tasks.values()])
  const feed = openFeed({
    env: context.shell.env,
    client: 'sparky-watch',
    ...feedOptions([...tasks.values()], filter),
  })
  for await (const item of feed) {
    const line = lineOf(item)
    if (line !== null && isShown(line, filter) && (context.output.json || !isPlaceholder(line, filter))) {
      await print(line, labels, context)
    }
    if (item.kind === 'connection') noteConnection(item.connection, context)
    if (refs.length > 0 && areOver(tasks, item, feed)) return
  }
}

const feedOptions = (tasks: readonly Task[], { only, hide, errors, since }: LineFilter): FeedOptions => {
  const after =
    since ?? (tasks.length === 0 ? undefined : Math.min(...tasks.map(({ first_seq }) => first_seq)) - 1)
  const types = only ?? (errors ? errorTypes : undefined)
  return {
    deltas: only?.some((type) => (deltaTypes as readonly string[]).includes(type)) ?? false,
    ...(after !== undefined && { after }),
    // The end of a named task must be seen, whatever is shown.
    ...(tasks.length > 0
      ? { tasks: tasks.map(({ id }) => id) }
      : { ...(types && { types: [...types] }), ...(hide && { hide: [...hide] }) }),
  }
}

const errorTypes: readonly EventType[] = [
  'error',
  'status',
  'tool_result',
  'node_update',
  'tool_update',
  'workflow_status',
  'lost',
]

const lineOf = (item: FeedItem): StreamLine | null =>
  item.kind === 'event' ? item.event : item.kind === 'delta' ? item.delta : null

/** Whether a line passes the filter. Exported for tests. */
export const isShown = (line: StreamLine, { only, hide, errors }: LineFilter): boolean =>
  (only?.includes(line.type) ?? true) && !hide?.includes(line.type) && (!errors || isFailure(line))

/** What stands for an event of a removed task says nothing to people, unless they ask for it. Exported for tests. */
export const isPlaceholder = (line: StreamLine, { only }: LineFilter): boolean =>
  line.type === 'removed' && only === undefined

const isFailure = (line: StreamLine): boolean => {
  if (line.type === 'error' || line.type === 'lost') return true
  if (line.type === 'tool_result') return line.data.status !== 'ok'
  return 'status' in line.data && line.data.status === 'failed'
}

const print = async (line: StreamLine, labels: TaskLabels, { output }: Context): Promise<void> => {
  if (output.json) return output.jsonLine(line)
  return output.flow(lineText(line, await labels.of(line), output.style))
}

/** Keeps the named tasks up to date; true once all of them have ended and all their events were seen. */
const areOver = (tasks: Map<string, Task>, item: FeedItem, feed: Feed): boolean => {
  if (item.kind === 'event') {
    const { task_id } = item.event
    const task = tasks.get(task_id ?? '')
    const next = task && applyEvent(task, item.event)
    if (next !== undefined) tasks.set(next.id, next)
    else if (task !== undefined) tasks.delete(task.id)
  }
  return [...tasks.values()].every(({ status, last_seq }) => isFinal(status) && feed.cursor >= last_seq)
}

const noteConnection = (connection: Connection, { output }: Context): void => {
  const { yellow } = output.noteStyle
  if (connection.state === 'reconnecting') {
    output.note(yellow(`Connection lost (${connection.reason}); trying again.`))
  } else if (connection.state === 'live' && connection.degraded !== undefined) {
    output.note(yellow(`Following over HTTP: ${connection.degraded}.`))
  }
}

/** Numbers of tasks by their id: events name only the id. Those that are known at the start are of one width. */
class TaskLabels {
  readonly #client: DaemonClient
  readonly #labels: Map<string, string>

  constructor(client: DaemonClient, known: readonly Task[]) {
    this.#client = client
    const width = Math.max(0, ...known.map(({ number }) => String(number).length))
    this.#labels = new Map(known.map(({ id, number }) => [id, String(number).padStart(width)]))
  }

  async of(line: StreamLine): Promise<string> {
    if (line.task_id === null) return '-'
    const label = this.#labels.get(line.task_id) ?? (await this.#find(line, line.task_id))
    // Nobody can be asked at the moment.
    if (label === null) return line.task_id.slice(0, 8)
    this.#labels.set(line.task_id, label)
    return label
  }

  /** What was delegated is named with what has delegated it: `43›44`. */
  async #labelOf(task: Task): Promise<string> {
    const { number } = task
    const by = delegatedBy(task)
    if (by === null) return String(number)
    const known = this.#labels.get(by.parentId)?.trim()
    const parent =
      known ??
      (await this.#client.call('showTask', { id: by.parentId }).then(
        (found) => this.#labelOf(found),
        () => null,
      ))
    if (parent === null) return String(number)
    this.#labels.set(by.parentId, known ?? parent)
    return `${parent}›${number}`
  }

  async #find(line: StreamLine, id: string): Promise<string | null> {
    if (isEvent(line) && line.type === 'task_added') return this.#labelOf(line.data.task)
    try {
      return await this.#labelOf(await this.#client.call('showTask', { id }))
    } catch (error) {
      const code = error instanceof SparkyError ? error.code : null
      // Removed since then: its id is all that is left of it.
      if (code === 'not_found') return id.slice(0, 8)
      if (code === 'daemon_unreachable') return null
      throw error
    }
  }
}
