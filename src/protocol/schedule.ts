import * as z from 'zod'
import { addTaskBody } from './new-task.ts'
import { catchUpPolicies, overlapPolicies } from './schedule-policies.ts'
import { jsonSchema, taskErrorSchema, taskStatuses } from './task.ts'

export const scheduleNameSchema = z
  .string()
  .transform((name) => name.normalize('NFC'))
  .pipe(
    z
      .string()
      .max(100)
      .regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u, {
        error: 'expected letters, digits, dots, dashes and underscores, a letter or digit first',
      }),
  )

/** Everything about its tasks; their times are the schedule's own. */
const taskPart = addTaskBody.omit({
  id: true,
  parent_id: true,
  conversation_id: true,
  after: true,
  depends_on: true,
  after_any: true,
  at: true,
  not_before: true,
})

const times = {
  /** A cron expression of 5 fields, or 6 with seconds first; or `every 1h30m`. */
  cron: z.string().optional(),
  /** A duration such as `90s` or `1h30m`, or a number of seconds. */
  every: z.union([z.string(), z.number()]).optional(),
  /** A name of the IANA time zone database. */
  timezone: z.string().optional(),
}

const policies = {
  overlap: z.enum(overlapPolicies).optional(),
  catch_up: z.enum(catchUpPolicies).optional(),
  /** After so many failures in a row it is disabled; null for never. */
  max_failures: z.number().int().positive().nullish(),
}

export const addScheduleBody = taskPart.extend({
  name: scheduleNameSchema,
  ...times,
  ...policies,
  enabled: z.boolean().optional(),
  /** Takes the place of the schedule of this name, if there is one. */
  replace: z.boolean().optional(),
})
export type AddScheduleBody = z.input<typeof addScheduleBody>
export type AddSchedule = z.output<typeof addScheduleBody>

export const editScheduleBody = taskPart.partial().extend({
  name: scheduleNameSchema,
  ...times,
  ...policies,
  enabled: z.boolean().optional(),
})
/** What the path does not say. */
export type EditScheduleBody = Omit<z.input<typeof editScheduleBody>, 'name'>
export type EditSchedule = z.output<typeof editScheduleBody>

/** A schedule as JSON. Times are ISO 8601 in UTC. Absent is null, never missing. */
export const scheduleSchema = z.object({
  name: z.string(),
  /** One of `cron` and `every` is null; both as they were written. */
  cron: z.string().nullable(),
  every: z.string().nullable(),
  every_s: z.number().nullable(),
  timezone: z.string(),
  overlap: z.enum(overlapPolicies),
  catch_up: z.enum(catchUpPolicies),
  max_failures: z.number().int().nullable(),
  enabled: z.boolean(),
  disabled_reason: z.string().nullable(),
  failures_in_row: z.number().int(),
  /** The next five; none while it is disabled. */
  next_runs: z.array(z.string()),
  last_run: z
    .object({
      /** The time of the schedule that it was for, or when a person asked for it (`manual`). */
      at: z.string(),
      manual: z.boolean(),
      /** Null where no task could be added, for the reason in `error`. */
      task_id: z.string().nullable(),
      /** These two are null for a task that was removed, unless its end is known. */
      number: z.number().int().nullable(),
      status: z.enum(taskStatuses).nullable(),
      error: taskErrorSchema.nullable(),
    })
    .nullable(),
  /** The last time that was left out, and why. */
  last_skipped: z.object({ at: z.string(), reason: z.string() }).nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  prompt: z.string(),
  agent: z.string(),
  /** Null leaves the choice to the daemon. */
  model: z.string().nullable(),
  cwd: z.string(),
  group: z.string(),
  priority: z.number().int(),
  locks: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  context: jsonSchema.nullable(),
  /** Those that were set; null is the default at the time of the run. */
  limits: z.object({
    max_steps: z.number().nullable(),
    max_tokens: z.number().nullable(),
    max_cost_usd: z.number().nullable(),
    timeout_s: z.number().nullable(),
  }),
  max_attempts: z.number().int(),
  notify: z.boolean(),
  dedupe: z.boolean(),
})
export type Schedule = z.infer<typeof scheduleSchema>
