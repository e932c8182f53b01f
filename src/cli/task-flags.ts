import type { Command } from 'commander'
import type { AddTaskBody, EditTaskBody } from '../protocol/new-task.ts'
import type { Json } from '../protocol/task.ts'
import {
  nonEmpty,
  orNone,
  parseDirectory,
  parseJson,
  parseLabel,
  parseTaskRef,
  positiveNumber,
  repeated,
  wholeNumber,
} from './flags.ts'

/** The flags that say how a task is to run: those of `run`, `tasks add` and `tasks edit`. */
export interface TaskFlags {
  readonly agent?: string
  readonly pillar?: string
  readonly model?: string
  readonly cwd?: string
  readonly priority?: number
  readonly after?: readonly string[]
  readonly afterAny?: readonly string[]
  readonly at?: string
  readonly group?: string
  readonly lock?: readonly string[]
  readonly label?: readonly (readonly [string, string])[]
  readonly context?: { readonly json: Json }
  readonly attempts?: number
  readonly timeout?: number | 'none'
  readonly maxSteps?: number | 'none'
  readonly maxTokens?: number | 'none'
  readonly maxCost?: number | 'none'
  readonly notify?: boolean
}

export const withTaskFlags = (command: Command): Command =>
  command
    .option('--agent <name>', 'the agent that does it; NAME/PILLAR of one with pillars', nonEmpty('--agent'))
    .option('--pillar <name>', 'which pillar of the agent', nonEmpty('--pillar'))
    .option('--model <model>', 'provider/model, or a bare name', nonEmpty('--model'))
    .option('--cwd <directory>', 'where it works (default: here)', parseDirectory('--cwd'))
    .option(
      '--priority <n>',
      'higher runs first (default: 0)',
      wholeNumber('--priority', { min: -1_000_000, max: 1_000_000 }),
    )
    .option('--after <task>', 'only after this task has completed; may be repeated', repeated(parseTaskRef))
    .option(
      '--after-any <task>',
      'only after this task has ended, in whichever way; may be repeated',
      repeated(parseTaskRef),
    )
    .option('--at <time>', 'not before this time, or in 90s, 10m, 1h30m', nonEmpty('--at'))
    .option('--group <name>', 'the group whose slots it takes', nonEmpty('--group'))
    .option(
      '--lock <name>',
      'never beside another task with this lock; "cwd" is its directory',
      repeated(nonEmpty('--lock')),
    )
    .option('--label <name=value>', 'a label to find it by; may be repeated', repeated(parseLabel('--label')))
    .option('--context <json>', 'facts that the model gets with the prompt', parseJson('--context'))
    .option('--attempts <n>', 'how often it may be tried', wholeNumber('--attempts', { min: 1, max: 100 }))
    .option(
      '--timeout <seconds>',
      'longest time of one attempt; none: without a limit, as with those that follow',
      orNone(positiveNumber('--timeout', 'number of seconds')),
    )
    .option(
      '--max-steps <n>',
      'most model calls, over all attempts',
      orNone(wholeNumber('--max-steps', { min: 1 })),
    )
    .option(
      '--max-tokens <n>',
      'most tokens, over all attempts',
      orNone(wholeNumber('--max-tokens', { min: 1 })),
    )
    .option(
      '--max-cost <usd>',
      'most US dollars, over all attempts; needs a model whose price is known',
      orNone(positiveNumber('--max-cost', 'number of US dollars')),
    )
    .option('--notify', 'show a desktop notification when it ends or waits')

/** Makes flags those of a command that leaves alone what is not named, so that they have no defaults to speak of. */
export const forEdit = (command: Command): Command => {
  for (const option of command.options)
    option.description = option.description.replace(/ \(default[^)]*\)/, '')
  return command
}

/** What an edit is to do with locks: `--lock none` takes them away. */
export const editedLocks = ({ lock }: TaskFlags): Pick<EditTaskBody, 'locks'> =>
  lock?.includes('none') ? { locks: [] } : {}

/** The flags as the HTTP interface has them. Names only what was given. */
export const settingsOf = (flags: TaskFlags): EditTaskBody & Omit<AddTaskBody, 'prompt'> =>
  withoutUndefined({
    agent: flags.agent,
    pillar: flags.pillar,
    model: flags.model,
    cwd: flags.cwd,
    priority: flags.priority,
    after: flags.after,
    after_any: flags.afterAny,
    at: flags.at,
    group: flags.group,
    locks: flags.lock,
    labels: flags.label && Object.fromEntries(flags.label),
    context: flags.context?.json,
    attempts: flags.attempts,
    timeout: limitOf(flags.timeout),
    max_steps: limitOf(flags.maxSteps),
    max_tokens: limitOf(flags.maxTokens),
    max_cost: limitOf(flags.maxCost),
    notify: flags.notify,
  })

const limitOf = (flag: number | 'none' | undefined): number | null | undefined =>
  flag === 'none' ? null : flag

const withoutUndefined = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
