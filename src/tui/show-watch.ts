import type { ReadStream, WriteStream } from 'node:tty'
import type { DeltaType, EventType } from '../protocol/event-names.ts'
import { isFinal, taskStatuses, type TaskStatus } from '../protocol/status.ts'
import type { Task } from '../protocol/task.ts'
import { version } from '../protocol/version.ts'
import { explainWaiting } from './effects/explain-waiting.ts'
import { findMissing } from './effects/find-missing.ts'
import { followFeed } from './effects/follow-feed.ts'
import { loadTranscripts } from './effects/load-transcript.ts'
import { openScreen, type Ending } from './open-screen.tsx'
import type { EntryFilter } from './state/entry-filter.ts'
import { maxPast } from './state/fold-feed.ts'
import { FrameStore } from './state/frame-store.ts'
import { startState } from './state/watch-state.ts'
import type { TasksPage, WatchSource } from './watch-source.ts'

export interface WatchOptions {
  readonly client: WatchSource
  /** Which tasks, by number, id or prefix; all where there are none. */
  readonly tasks?: readonly string[]
  /** Types that the transcript shows; all where there are none. */
  readonly only?: readonly (EventType | DeltaType)[]
  readonly hide?: readonly (EventType | DeltaType)[]
  /** Start with errors only. */
  readonly errors?: boolean
  /** Show only what happened after this `seq`. */
  readonly since?: number
  readonly stdin?: ReadStream
  readonly stdout?: WriteStream
}

/** More tasks than these are not listed at the start; they come into the list when something happens to them. */
const maxUnfinished = 10_000

/**
 * `sparky watch` on a terminal. Resolves when the user leaves; rejects with what made going on pointless, after the
 * terminal is as it was found. A signal ends the whole process, as if nobody had caught it.
 */
export const showWatch = async (options: WatchOptions): Promise<void> => {
  const { client: source, tasks: refs = [], since = 0 } = options
  const { stdin = process.stdin, stdout = process.stdout } = options
  const watchesAll = refs.length === 0
  // The feed goes on after this number, so what happens while the tasks are being listed is not missed.
  const status = await source.status()
  const tasks = await (watchesAll ? listTasks(source) : Promise.all(refs.map((ref) => source.showTask(ref))))

  const store = new FrameStore(startState({ nowMs: Date.now(), filter: filterOf(options), since }))
  store.dispatch({ type: 'daemon', status, withCounts: watchesAll })
  store.dispatch({ type: 'listed', tasks: tasks.filter((task) => task.last_seq > since) })
  const feed = source.openFeed({
    ...(watchesAll ? {} : { tasks: tasks.map(({ id }) => id) }),
    after: status.store.seq,
    deltas: true,
    client: `sparky-tui/${version}`,
  })
  const closers = [loadTranscripts, explainWaiting, findMissing].map((effect) => effect(store, source))
  let ending: Ending
  try {
    ending = await new Promise<Ending>((onEnd) => {
      closers.push(openScreen({ store, source, stdin, stdout, onEnd }))
      followFeed({ store, source, feed, watchesAll }).then(
        () => onEnd({ kind: 'quit' }),
        (error: unknown) => onEnd({ kind: 'failed', error }),
      )
    })
  } finally {
    for (const close of closers) close()
    feed.close()
    store.close()
  }
  if (ending.kind === 'failed') throw ending.error
  if (ending.kind === 'signal') process.kill(process.pid, ending.signal)
}

const listTasks = async (source: WatchSource): Promise<readonly Task[]> => {
  const unfinished = taskStatuses.filter((status) => !isFinal(status))
  const lists = await Promise.all([
    listUpTo(source, unfinished, maxUnfinished),
    listUpTo(source, taskStatuses.filter(isFinal), maxPast),
  ])
  return lists.flat()
}

const listUpTo = async (
  source: WatchSource,
  status: readonly TaskStatus[],
  limit: number,
): Promise<readonly Task[]> => {
  const tasks: Task[] = []
  let cursor: string | null = null
  do {
    const rest: number = limit - tasks.length
    const page: TasksPage = await source.listTasks({
      status,
      limit: rest,
      ...(cursor !== null && { cursor }),
    })
    tasks.push(...page.tasks)
    cursor = page.next_cursor
  } while (cursor !== null && tasks.length < limit)
  return tasks
}

const filterOf = ({ only = [], hide = [], errors = false }: WatchOptions): EntryFilter => ({
  only: only.length === 0 ? null : new Set(only),
  hide: new Set(hide),
  preset: errors ? 'errors' : 'everything',
})
