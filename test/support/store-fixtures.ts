import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { openEmbeddedStore } from '../../src/daemon/store/embedded/embedded-store.ts'
import type { EmbeddedStoreOptions } from '../../src/daemon/store/embedded/embedded-store-options.ts'
import type { StoreNotice } from '../../src/daemon/store/embedded/notice.ts'
import type { EventQuery, Store } from '../../src/daemon/store/store.ts'
import type { EventDraft, StoredEvent } from '../../src/protocol/event.ts'
import type { Task, TaskStatus } from '../../src/protocol/task.ts'
import { aTask } from './task.ts'

/** A folder that is gone with the test. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A store that is closed with the test, and what it noticed. */
export const openStore = async (
  options: Partial<EmbeddedStoreOptions> = {},
): Promise<{ store: Store; directory: string; notices: StoreNotice[] }> => {
  const notices: StoreNotice[] = []
  const directory = options.directory ?? path.join(temporaryFolder(), 'store')
  const store = await openEmbeddedStore({
    onNotice: (notice) => notices.push(notice),
    ...options,
    directory,
  })
  onTestFinished(() => store.close())
  return { store, directory, notices }
}

/** The id of the test's nth task. */
export const taskId = (nth: number): string => aTask({ number: nth }).id

export const added = (nth: number, fields: Partial<Task> = {}): EventDraft => {
  const task = aTask({ ...fields, id: taskId(nth) })
  return { type: 'task_added', task_id: task.id, data: { task } }
}

export const removed = (nth: number): EventDraft => ({
  type: 'task_removed',
  task_id: taskId(nth),
  data: {},
})

export const thought = (nth: number, text = 'Hm.'): EventDraft => ({
  type: 'thought',
  task_id: taskId(nth),
  attempt: 1,
  step: 1,
  data: { text },
})

export const moved = (nth: number, status: TaskStatus, previous: TaskStatus = 'pending'): EventDraft => ({
  type: 'status',
  task_id: taskId(nth),
  attempt: 1,
  data: { status, previous, message: `Task ${status}`, changes: {} },
})

export const fact = (facts: Record<string, string | boolean>): EventDraft => ({
  type: 'queue_changed',
  task_id: null,
  data: facts,
})

/** Tasks `first` to `last`, added and completed. */
export const finished = (first: number, last: number): EventDraft[] =>
  Array.from({ length: last - first + 1 }, (_, position) => first + position).flatMap((nth) => [
    added(nth),
    moved(nth, 'completed'),
  ])

/** Puts such tasks into the store, ten in one write. */
export const addFinished = async (store: Store, first: number, last: number): Promise<void> => {
  for (let begin = first; begin <= last; begin += 10) {
    await store.append(() => finished(begin, Math.min(begin + 9, last)))
  }
}

export const allEvents = async (
  store: Store,
  query: Partial<EventQuery> = {},
): Promise<readonly StoredEvent[]> => {
  const all: StoredEvent[] = []
  for await (const events of store.events({ after: 0, ...query })) all.push(...events)
  return all
}

/** What two stores must agree on to hold the same. */
export const contents = async (store: Store) => ({
  events: await allEvents(store),
  tasks: await store.tasks({ limit: 1_000_000 }),
  active: store.active(),
  counts: store.counts(),
  facts: store.queueFacts(),
})

/** Files of the log, in the order of their events. */
export const segmentFiles = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => path.join(directory, name))
