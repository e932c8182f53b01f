import type { ReadStream, WriteStream } from 'node:tty'
import type { DeltaType, EventType } from '../protocol/event-names.ts'
import { toFailure } from '../protocol/failure.ts'
import { isFinal, taskStatuses, type TaskStatus } from '../protocol/status.ts'
import type { Task } from '../protocol/task.ts'
import { version } from '../protocol/version.ts'
import { collectSooner } from './effects/collect-sooner.ts'
import { explainWaiting } from './effects/explain-waiting.ts'
import { findMissing } from './effects/find-missing.ts'
import { followFeed } from './effects/follow-feed.ts'
import { loadTranscripts } from './effects/load-transcript.ts'
import { recordTask } from './effects/record-task.ts'
import { searchTranscript } from './effects/look-through.ts'
import { openScreen } from './open-screen.tsx'
import { openSpoken } from './open-spoken.tsx'
import type { Ending } from './open-terminal.tsx'
import type { EntryFilter } from './state/entry-filter.ts'
import { maxPast, maxUnfinished } from './state/fold-feed.ts'
import { FrameStore } from './state/frame-store.ts'
import { mostPanes } from './state/pinned.ts'
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
  /** Replays the one task that is named, at this speed (1: as it was), instead of following. */
  readonly replay?: number
  /** Prints what changes as lines of text instead of drawing a screen. */
  readonly screenReader?: boolean
  readonly stdin?: ReadStream
  readonly stdout?: WriteStream
}

/**
 * `sparky watch` on a terminal. Resolves when the user leaves, and says how; rejects with what made going on pointless, after the
 * terminal is as it was found. A signal ends the whole process, as if nobody had caught it.
 */
export const showWatch = async (options: WatchOptions): Promise<'left' | 'interrupted'> => {
  collectSooner()
  const ending = await (options.replay === undefined ? follow(options) : replay(options, options.replay))
  if (ending.kind === 'failed') throw ending.error
  if (ending.kind === 'signal') process.kill(process.pid, ending.signal)
  return ending.kind === 'interrupted' ? 'interrupted' : 'left'
}

const follow = async (options: WatchOptions): Promise<Ending> => {
  const { store, background } = await openWatch(options)
  return runScreen(options, store, background)
}

/** What the screens of `watch` look at: a store, and what keeps it up to date once it is told to work. */
export const openWatch = async (
  options: Pick<WatchOptions, 'client' | 'tasks' | 'only' | 'hide' | 'errors' | 'since'>,
): Promise<{ readonly store: FrameStore; readonly background: Background }> => {
  const { client: source, tasks: refs = [], since = 0 } = options
  const watchesAll = refs.length === 0
  // The feed goes on after this number, so what happens while the tasks are being listed is not missed.
  const status = await source.status()
  const tasks = await (watchesAll ? listTasks(source) : Promise.all(refs.map((ref) => source.showTask(ref))))
  const listed = tasks.filter((task) => task.last_seq > since)
  const ids = [...new Set(listed.map(({ id }) => id))]

  const store = new FrameStore(
    startState({
      nowMs: Date.now(),
      filter: filterOf(options),
      since,
      // As many as have a place each are shown side by side, without a list.
      hasList: watchesAll || ids.length > mostPanes,
      pinned: !watchesAll && ids.length > 1 && ids.length <= mostPanes ? ids : [],
    }),
  )
  store.dispatch({ type: 'listed', tasks: listed })
  store.dispatch({ type: 'daemon', status, withCounts: watchesAll })
  if (!watchesAll && ids[0] !== undefined) store.dispatch({ type: 'selected', taskId: ids[0] })
  const feed = source.openFeed({
    ...(watchesAll ? {} : { tasks: tasks.map(({ id }) => id) }),
    after: status.store.seq,
    deltas: true,
    client: `sparky-tui/${version}`,
  })
  const effects = [loadTranscripts, explainWaiting, findMissing].map((effect) => effect(store, source))
  const stopSearching = searchTranscript(store)
  return {
    store,
    background: {
      work: () => followFeed({ store, source, feed, watchesAll }),
      isOverAfterWork: true,
      close: () => {
        stopSearching()
        for (const close of effects) close()
        feed.close()
      },
    },
  }
}

const replay = async (options: WatchOptions, speed: number): Promise<Ending> => {
  const { client: source, tasks: [ref = ''] = [], since = 0 } = options
  const task = await source.showTask(ref)
  const store = new FrameStore(
    startState({ nowMs: Date.now(), filter: filterOf(options), since, hasList: false, replaySpeed: speed }),
  )
  store.dispatch({ type: 'listed', tasks: [task] })
  const closing = new AbortController()
  const stopSearching = searchTranscript(store)
  return runScreen(options, store, {
    work: () => recordTask({ store, source, task, since, signal: closing.signal }),
    isOverAfterWork: false,
    close: () => {
      stopSearching()
      closing.abort()
    },
  })
}

export interface Background {
  /** What goes on behind the screen; where it fails, the screen ends. */
  work(): Promise<void>
  readonly isOverAfterWork: boolean
  close(): void
}

const runScreen = async (
  options: WatchOptions,
  store: FrameStore,
  { work, isOverAfterWork, close }: Background,
): Promise<Ending> => {
  const working = work().then(
    (): Ending | null => (isOverAfterWork ? { kind: 'quit' } : null),
    (error: unknown): Ending => ({ kind: 'failed', error }),
  )
  try {
    for (;;) {
      const ending = await showUntilEnd(options, store, working)
      if (ending.kind !== 'replay') return ending
      // What is followed is followed on meanwhile.
      const inner = await replay({ ...options, tasks: [ending.taskId], since: 0 }, 1).catch(
        (error: unknown): Ending => ({ kind: 'failed', error }),
      )
      if (inner.kind === 'failed') {
        store.dispatch({ type: 'notice', text: toFailure(inner.error).message, tone: 'failed' })
      } else if (inner.kind !== 'back') return inner
    }
  } finally {
    close()
    store.close()
  }
}

/** The screen, until it is left or what goes on behind it has ended. */
const showUntilEnd = async (
  { client: source, screenReader = false, stdin = process.stdin, stdout = process.stdout }: WatchOptions,
  store: FrameStore,
  working: Promise<Ending | null>,
): Promise<Ending> => {
  let closeScreen = (): void => {}
  try {
    return await new Promise<Ending>((onEnd) => {
      const open = screenReader ? openSpoken : openScreen
      closeScreen = open({ store, source, stdin, stdout, onEnd })
      void working.then((ending) => ending !== null && onEnd(ending))
    })
  } finally {
    closeScreen()
  }
}

const listTasks = async (source: WatchSource): Promise<readonly Task[]> => {
  const active: readonly TaskStatus[] = ['in_progress', 'waiting']
  const queued = taskStatuses.filter((status) => !isFinal(status) && !active.includes(status))
  const lists = await Promise.all([
    // What runs stands first, however old it is in a long queue.
    listUpTo(source, active, maxUnfinished),
    listUpTo(source, queued, maxUnfinished),
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
