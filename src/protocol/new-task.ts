import * as z from 'zod'
import { taskEnvironmentNames } from './task-environment.ts'
import { jsonSchema, type Json, type Limits } from './task.ts'

/** Name of a task as people write it: its number, its id, or a unique prefix of the id. */
export const taskRefSchema = z
  .union([z.string().min(1), z.number().int().positive()])
  .transform((ref) => String(ref).replace(/^#/, ''))

const strings = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value))
const refs = z
  .union([taskRefSchema, z.array(taskRefSchema)])
  .transform((value) => (typeof value === 'string' ? [value] : value))
const positiveInt = z.number().int().positive()
const name = z.string().min(1).max(200)
export const groupNameSchema = name
/** A client's or ours. It stands in addresses and on lines, where some texts mean something else, or nothing. */
export const conversationIdSchema = name.refine(
  (id) => id.trim() !== '' && !/^\.{1,2}$|[\p{Cc}\p{Cs}]/u.test(id),
  'text without control characters, and neither "." nor ".."',
)

/** Everything about a task that a user may set when adding it, and may edit before it starts. */
export const taskSettingFields = {
  context: jsonSchema.optional(),
  /** A name, or `NAME/PILLAR`. */
  agent: name.optional(),
  pillar: name.optional(),
  model: name.optional(),
  cwd: z.string().min(1).optional(),
  priority: z.number().int().min(-1_000_000).max(1_000_000).optional(),
  after: refs.optional(),
  depends_on: refs.optional(),
  /** Tasks that need only have ended, in whichever way. */
  after_any: refs.optional(),
  /** An ISO 8601 time, or a duration from now such as `90s`, `10m`, `1h30m`. */
  at: z.string().min(1).optional(),
  not_before: z.string().min(1).optional(),
  group: name.optional(),
  lock: strings.optional(),
  locks: strings.optional(),
  labels: z.record(z.string().min(1), z.string()).optional(),
  /** Tell of its end with a desktop notification. */
  notify: z.boolean().optional(),
  attempts: positiveInt.max(100).optional(),
  max_attempts: positiveInt.max(100).optional(),
  /** Of the limits, null is none, whatever the configuration says. */
  timeout: z.number().positive().nullish(),
  timeout_s: z.number().positive().nullish(),
  max_steps: positiveInt.nullish(),
  max_tokens: positiveInt.nullish(),
  max_cost: z.number().positive().nullish(),
  max_cost_usd: z.number().positive().nullish(),
  limits: z
    .strictObject({
      max_steps: positiveInt.nullish(),
      max_tokens: positiveInt.nullish(),
      max_cost_usd: z.number().positive().nullish(),
      timeout_s: z.number().positive().nullish(),
    })
    .optional(),
}

const prompt = z
  .string({ error: (issue) => (issue.input === undefined ? 'expected a prompt, found none' : undefined) })
  .refine((text) => text.trim() !== '', 'expected a prompt with text in it, found only white space')

export const environmentField = z.partialRecord(z.enum(taskEnvironmentNames), z.string()).optional()

export const addTaskBody = z.strictObject({
  ...taskSettingFields,
  id: z.uuid().optional(),
  prompt,
  /** Return the unfinished task with equal agent, cwd, prompt and context, if there is one. */
  dedupe: z.boolean().optional(),
  parent_id: z.string().optional(),
  /** Goes on with that conversation; starts it where there is none of this id. */
  conversation_id: conversationIdSchema.optional(),
  environment: environmentField,
})
export type AddTaskBody = z.input<typeof addTaskBody>

export const editTaskBody = z.strictObject({ ...taskSettingFields, prompt: prompt.optional() })
export type EditTaskBody = z.input<typeof editTaskBody>

type ParsedSettings = Omit<z.output<typeof editTaskBody>, 'prompt'>

/** The settings of a task with each fact named once, whichever of its names the caller used. */
export interface TaskSettings {
  readonly context?: Json
  readonly agent?: string
  readonly pillar?: string
  readonly model?: string
  readonly cwd?: string
  readonly priority?: number
  readonly after?: readonly string[]
  readonly afterAny?: readonly string[]
  readonly at?: string
  readonly group?: string
  readonly locks?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly notify?: boolean
  readonly maxAttempts?: number
  readonly limits: Partial<Limits>
}

export const settingsOf = (body: ParsedSettings): TaskSettings =>
  defined({
    context: body.context,
    agent: body.agent,
    pillar: body.pillar,
    model: body.model,
    cwd: body.cwd,
    priority: body.priority,
    after: body.after ?? body.depends_on,
    afterAny: body.after_any,
    at: body.at ?? body.not_before,
    group: body.group,
    locks: body.locks ?? body.lock,
    labels: body.labels,
    notify: body.notify,
    maxAttempts: body.max_attempts ?? body.attempts,
    limits: defined({
      max_steps: firstGiven(body.limits?.max_steps, body.max_steps),
      max_tokens: firstGiven(body.limits?.max_tokens, body.max_tokens),
      max_cost_usd: firstGiven(body.limits?.max_cost_usd, body.max_cost_usd, body.max_cost),
      timeout_s: firstGiven(body.limits?.timeout_s, body.timeout_s, body.timeout),
    }),
  })

const firstGiven = <T>(...values: readonly (T | undefined)[]): T | undefined =>
  values.find((value) => value !== undefined)

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** The same object without its undefined members, so that spreading it over defaults keeps the defaults. */
export const defined = <T extends object>(object: T): Defined<T> => {
  const kept: Record<string, unknown> = {}
  for (const name of Object.keys(object)) {
    const value: unknown = Reflect.get(object, name)
    if (value !== undefined) kept[name] = value
  }
  return kept as Defined<T>
}
