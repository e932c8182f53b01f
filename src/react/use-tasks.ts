import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { LiveClient } from '../client/client.ts'
import { useSparkyClient } from './sparky-provider.ts'
import { TaskList, type TaskListState } from './task-list.ts'
import type { TaskFilter } from './task-window.ts'

export interface TasksOptions extends TaskFilter {
  /** Which daemon; the provider's if left out. */
  readonly client?: LiveClient | undefined
}

/**
 * The newest tasks, or those that a filter lets through, newest first and live: each task changes with its events.
 * Tells of changes at most thirty times a second. A filter that is written anew at each render is the same filter.
 */
export const useTasks = ({ client: own, ...filter }: TasksOptions = {}): TaskListState => {
  const client = useSparkyClient(own)
  const written = JSON.stringify(filter)
  const list = useMemo(() => new TaskList(client, JSON.parse(written) as TaskFilter), [client, written])
  useEffect(() => {
    list.start()
    return () => list.stop()
  }, [list])
  return useSyncExternalStore(list.state.subscribe, list.state.get, list.state.get)
}
