import type { Command } from 'commander'
import type { AddTaskBody, EditTaskBody } from '../protocol/new-task.ts'
import type { Json } from '../protocol/task.ts'
import {
  nonEmpty,
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
  readonly model?: string
  readonly cwd?: string
  readonly priority?: number
  readonly after?: readonly string[]
  readonly afterAny?: readonly string[]
  readonly at?: string
  readonly group?: string
  readonly lock?: readonly string[]
  readonly label?: readonly (readonly [string, string])[]
  readonly context?: Json
  readonly attempts?: number
  readonly timeout?: number
  readonly maxSteps?: number
  readonly maxTokens?: number
  readonly maxCost?: number
  readonly notify?: boolean
}

export const withTaskFlags = (command: Command): Command =>
  command
    .option('--agent <name>', 'the agent that does it', nonEmpty('--agent'))
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
      'longest time of one attempt',
      positiveNumber('--timeout', 'number of seconds'),
    )
    .option('--max-steps <n>', 'most model calls of one attempt', wholeNumber('--max-steps', { min: 1 }))
    .option('--max-tokens <n>', 'most tokens', wholeNumber('--max-tokens', { min: 1 }))
    .option(
      '--max-cost <usd>',
      'most US dollars, where the price is known',
      positiveNumber('--max-cost', 'number of US dollars'),
    )
    .option('--notify', 'show a desktop notification when it ends or waits')

/** The flags as the HTTP interface has them. Names only what was given. */
export const settingsOf = (flags: TaskFlags): EditTaskBody & Omit<AddTaskBody, 'prompt'> =>
  withoutUndefined({
    agent: flags.agent,
    model: flags.model,
    cwd: flags.cwd,
    priority: flags.priority,
    after: flags.after,
    after_any: flags.afterAny,
    at: flags.at,
    group: flags.group,
    locks: flags.lock,
    labels: flags.label && Object.fromEntries(flags.label),
    context: flags.context,
    attempts: flags.attempts,
    timeout: flags.timeout,
    max_steps: flags.maxSteps,
    max_tokens: flags.maxTokens,
    max_cost: flags.maxCost,
    notify: flags.notify,
  })

const withoutUndefined = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
