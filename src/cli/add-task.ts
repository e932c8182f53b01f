import type { Command } from 'commander'
import type { DaemonClient } from '../client/daemon-client.ts'
import { isLost } from '../client/unreachable.ts'
import type { AddTaskBody } from '../protocol/new-task.ts'
import { SparkyError } from '../protocol/failure.ts'
import { taskEnvironmentNames } from '../protocol/task-environment.ts'
import type { Task } from '../protocol/task.ts'
import type { Context } from './context.ts'
import { currentDirectory } from './current-directory.ts'
import { nonEmpty } from './flags.ts'
import { newTaskId } from './new-task-id.ts'
import { bringKeys } from './provider-keys.ts'
import { settingsOf, withTaskFlags, type TaskFlags } from './task-flags.ts'

export interface AddFlags extends TaskFlags {
  readonly dedupe?: boolean
  readonly conversation?: string
}

/** The flags of a task that is added now. */
export const withAddFlags = (command: Command): Command =>
  withTaskFlags(command).option(
    '--conversation <id>',
    'the conversation that it goes on with, or begins; last is the one that was used last',
    nonEmpty('--conversation'),
  )

/**
 * What is sent to add a task. It has its id already, so that sending it again, after a connection was cut in
 * between, adds nothing.
 */
export const addTaskBodyOf = (prompt: string, flags: AddFlags, env: NodeJS.ProcessEnv): AddTaskBody => ({
  ...settingsOf(flags),
  ...(flags.conversation === undefined && { cwd: flags.cwd ?? currentDirectory() }),
  id: newTaskId(),
  prompt,
  environment: environmentOf(env),
  ...(flags.dedupe && { dedupe: true }),
  ...(flags.conversation !== undefined && { conversation_id: flags.conversation }),
})

/** A conversation has a folder of its own, unless one is named: here it begins, if it does. */
const inItsFolder = async (body: AddTaskBody, client: DaemonClient): Promise<AddTaskBody> => {
  const { cwd, conversation_id } = body
  if (conversation_id === undefined || cwd !== undefined) return body
  const { conversations } = await client.call('listConversations', {})
  const isKnown = conversation_id === 'last' || conversations.some(({ id }) => id === conversation_id)
  return isKnown ? body : { ...body, cwd: currentDirectory() }
}

/** What of a shell's environment counts for what is asked from it. */
export const environmentOf = (env: NodeJS.ProcessEnv): NonNullable<AddTaskBody['environment']> =>
  Object.fromEntries(
    taskEnvironmentNames.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  )

export interface Added {
  readonly task: Task
  /** Whether anything will run it: false where the agent loop is off. */
  readonly loopIsOn: boolean
}

/** Adds a task, with a daemon that is started where none runs. Resolves when the task is on disk. */
export const addTask = async (
  { daemon, shell, output }: Context,
  body: AddTaskBody,
  signal?: AbortSignal,
): Promise<Added> => {
  await bringKeys(daemon, shell.env, output)
  return askTwice(
    () =>
      daemon.need(async (client) => {
        const task = await client.call('addTask', await inItsFolder(body, client), { signal })
        return { task, loopIsOn: await isLoopOn(client) }
      }),
    'the task may have been added all the same: sparky agent tasks list shows it once the daemon answers',
  )
}

/**
 * Asks for what may be asked for twice, because it has an id of ours: a daemon whose answer was lost is asked again.
 * `doubt` is the hint where that was in vain.
 */
export const askTwice = async <T>(ask: () => Promise<T>, doubt: string): Promise<T> => {
  // `performance` would be loaded for this: a twentieth of what an empty Node program takes.
  const startedAtS = process.uptime()
  try {
    return await ask()
  } catch (error) {
    if (!isLost(error)) throw error
    if (process.uptime() - startedAtS > patienceS) throw mayBeDone(error, doubt)
  }
  try {
    return await ask()
  } catch (error) {
    throw isLost(error) ? mayBeDone(error, doubt) : error
  }
}

/** A daemon that was silent for so long is not asked again. */
const patienceS = 10

const mayBeDone = (error: SparkyError, hint: string): SparkyError =>
  new SparkyError(error.code, error.message, { hint, cause: error })

export const loopOffNote = 'The agent loop is off: nothing runs it until "sparky agent start".'

/** Only a daemon that was started without its loop needs to be asked: a loop that is on stays on. */
export const isLoopOn = async (client: DaemonClient): Promise<boolean> =>
  !client.address().flags.includes('--no-loop') || (await client.call('status', {})).agent_loop
