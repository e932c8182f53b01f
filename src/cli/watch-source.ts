import type { FeedOptions } from '../client/feed.ts'
import type { openFeed } from '../client/live-feed.ts'
import type { TaskStatus } from '../protocol/status.ts'
import { addTaskBodyOf } from './add-task.ts'
import type { Context } from './context.ts'

/** The daemon as the screens see it. `open` comes from the library, which is loaded only when it is needed. */
export const watchSource = ({ daemon, shell }: Context, open: typeof openFeed) => {
  const client = daemon.look()
  return {
    status: () => client.call('status', {}),
    listTasks: ({ status, ...page }: { status: readonly TaskStatus[]; limit: number; cursor?: string }) =>
      client.call('listTasks', { status: [...status], ...page }),
    showTask: (id: string) => client.call('showTask', { id }),
    taskEvents: (id: string, after: number) => client.call('taskEvents', { id, after }),
    openFeed: (options: FeedOptions) => open({ ...options, env: shell.env }),
    why: (id: string) => client.call('whyTask', { id }),
    cancel: (id: string) => client.call('cancelTask', { id }),
    retry: (id: string) => client.call('retryTask', { id }),
    add: (prompt: string) => client.call('addTask', addTaskBodyOf(prompt, {}, shell.env)),
    toolResult: (id: string, call_id: string) => client.call('toolResult', { id, call_id }),
  }
}
