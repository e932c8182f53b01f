import { stat } from 'node:fs/promises'
import type { Hook, HookName } from '../../config/hook-settings.ts'
import type { Task } from '../../protocol/task.ts'
import type { Log } from '../lifecycle/log.ts'
import { findNotifier, notificationOf, notifierName } from './notification.ts'
import { postTask } from './post-task.ts'
import { runProcess } from './run-process.ts'

export interface HookSurroundings {
  /** Of commands: all of it, beside what a hook is told of its task. */
  readonly environment: Readonly<Record<string, string>>
  /** Where commands run whose task's folder is not there. */
  readonly home: string
  readonly storeId: string
  readonly log: Log
  /** Told that a notification was asked for, and that this program, which would show it, was not found. */
  readonly onNoNotifier: (program: string) => void
  /** Between two tries of a URL. */
  readonly retryWaitsMs?: readonly number[] | undefined
}

export interface HookCall {
  readonly name: HookName
  /** The `status` event that it is called for. */
  readonly seq: number
  /** Undefined where only a notification is wanted. */
  readonly hook: Hook | undefined
  readonly task: Task
}

const notificationTimeoutMs = 10_000

/** Does everything that one event asks for, side by side. What fails is logged and nothing else. Does not reject. */
export const callHook = async (
  call: HookCall,
  surroundings: HookSurroundings,
  signal: AbortSignal,
): Promise<void> => {
  const { hook, task } = call
  const calls = [
    ...(hook?.command == null ? [] : [callCommand(call, { ...hook, command: hook.command }, surroundings)]),
    ...(hook?.url == null ? [] : [callUrl(call, { ...hook, url: hook.url }, surroundings)]),
    ...(task.notify ? [showNotification(call, surroundings)] : []),
  ]
  await Promise.all(
    calls.map(async ({ what, run }) => {
      const reason = await run(signal).catch((error: unknown) => String(error))
      // What the end of the daemon interrupts is done again by the next start.
      if (reason === null || signal.aborted) return
      surroundings.log.warn({ hook: call.name, task: task.number, reason }, `${what} failed`)
    }),
  )
}

/** Resolves with why it failed; null where it did not. */
interface Part {
  readonly what: string
  readonly run: (signal: AbortSignal) => Promise<string | null>
}

const callCommand = (
  { name, seq, task }: HookCall,
  { command, timeoutMs }: Hook & { readonly command: string },
  { environment, home, log }: HookSurroundings,
): Part => ({
  what: 'Command of a hook',
  run: async (signal) => {
    const { failure, stdout, stderr } = await runProcess(
      {
        run: { shell: command },
        cwd: (await isFolder(task.cwd)) ? task.cwd : home,
        environment: {
          ...environment,
          SPARKY_HOME: home,
          SPARKY_HOOK: name,
          SPARKY_TASK_ID: task.id,
          SPARKY_TASK_NUMBER: String(task.number),
          SPARKY_TASK_STATUS: name,
          SPARKY_EVENT_SEQ: String(seq),
        },
        input: `${JSON.stringify(task)}\n`,
        timeoutMs,
      },
      signal,
    )
    log.debug({ hook: name, task: task.number, stdout, stderr }, 'Command of a hook has ended')
    return failure
  },
})

const callUrl = (
  { name, seq, task }: HookCall,
  { url, timeoutMs }: Hook & { readonly url: string },
  { storeId, retryWaitsMs }: HookSurroundings,
): Part => ({
  what: 'URL of a hook',
  run: (signal) =>
    postTask(
      {
        url,
        timeoutMs,
        body: JSON.stringify(task),
        headers: { 'x-sparky-event': name, 'x-sparky-delivery': `${storeId}/${seq}` },
        ...(retryWaitsMs === undefined ? {} : { waitsMs: retryWaitsMs }),
      },
      signal,
    ),
})

const showNotification = (
  { name, task }: HookCall,
  { environment, home, onNoNotifier }: HookSurroundings,
): Part => ({
  what: 'Desktop notification',
  run: async (signal) => {
    const notifier = findNotifier(environment)
    if (notifier === null) {
      onNoNotifier(notifierName())
      return null
    }
    const { failure } = await runProcess(
      {
        run: { program: notifier.program, args: notifier.argumentsFor(notificationOf(task, name)) },
        cwd: home,
        environment,
        input: '',
        timeoutMs: notificationTimeoutMs,
      },
      signal,
    )
    return failure
  },
})

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
