import * as z from 'zod'
import { deskApi } from './desk-api.ts'
import { daemonStatusSchema, statusCounts } from './daemon-status.ts'
import { endpoints, type EndpointName } from './endpoints.ts'
import { eventSchema } from './event-schema.ts'
import { deltaTypes, eventTypes, type Delta, type Event } from './event.ts'
import { approvalSchema, configRowSchema, modelListSchema, toolRowSchema } from './inspection.ts'
import { addTaskBody, editTaskBody, groupNameSchema, taskRefSchema } from './new-task.ts'
import {
  addScheduleBody,
  editScheduleBody,
  scheduleNameSchema,
  scheduleSchema,
  type Schedule,
} from './schedule.ts'
import { count, flag } from './query-forms.ts'
import { sessionStatisticsSchema } from './session-statistics.ts'
import { taskSchema, taskStatusSchema, type Task } from './task.ts'

/**
 * The HTTP interface as one table: method and path -> what goes in and what comes back. `params` is everything
 * that a caller sends, whichever way it travels: names in the path (`{id}`), the query of a GET or DELETE, the
 * JSON body of the rest. The server parses `params` here and nowhere else; the client takes its types from it.
 */

/** In a query, `a,b` is a list. */
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',') : value),
    z.array(item),
  ) as unknown as z.ZodType<z.output<T>[], z.input<T>[] | string>
const byTask = { id: taskRefSchema }
const byKey = { key: z.string() }

const labelFilter = z.string().regex(/^[^=]+=.*$/s, 'expected LABEL=VALUE')
const filters = {
  status: list(taskStatusSchema).optional(),
  group: z.string().optional(),
  label: list(labelFilter).optional(),
}

const reasonSchema = z.object({ code: z.string(), message: z.string() })
/** Why a task is not running: every reason, each with a stable code. */
const whySchema = z.object({
  task_id: z.string(),
  running: z.boolean(),
  reasons: z.array(reasonSchema),
})
export type Why = z.infer<typeof whySchema>

/** Tasks that share slots of their own, or can be paused together. */
const groupSchema = z.object({
  name: z.string(),
  /** How many of its tasks run at a time; null where it has no limit of its own. */
  concurrency: z.number().nullable(),
  paused: z.boolean(),
  tasks: statusCounts,
})
export type GroupRow = z.infer<typeof groupSchema>
const byGroup = z.strictObject({ name: groupNameSchema })

const shownTypes = list(z.enum([...eventTypes, ...deltaTypes]))
const eventStream = {
  after: count.optional(),
  types: shownTypes.optional(),
  hide: shownTypes.optional(),
  limit: count.optional(),
  /** With `Accept: application/x-ndjson`: stay and send what comes. A task's stream ends after its final status. */
  follow: flag.optional(),
  /** With `follow`: send deltas between the events. */
  deltas: flag.optional(),
}

const none = z.strictObject({})
const task = taskSchema as z.ZodType<Task>
const schedule = scheduleSchema as z.ZodType<Schedule>
const byName = z.strictObject({ name: scheduleNameSchema })

export const api = {
  health: {
    ...endpoints.health,
    params: none,
    result: z.object({ status: z.literal('ok'), version: z.string(), uptime_s: z.number() }),
  },
  status: { ...endpoints.status, params: none, result: daemonStatusSchema },
  openApi: { ...endpoints.openApi, params: none, result: z.record(z.string(), z.json()) },
  websocketStats: {
    ...endpoints.websocketStats,
    params: none,
    result: sessionStatisticsSchema,
  },
  metrics: { ...endpoints.metrics, params: none, result: z.string() },
  addTask: { ...endpoints.addTask, params: addTaskBody, result: task, created: true },
  listTasks: {
    ...endpoints.listTasks,
    params: z.strictObject({ ...filters, limit: count.optional(), cursor: z.string().optional() }),
    result: z.object({ tasks: z.array(task), next_cursor: z.string().nullable() }),
  },
  clearTasks: {
    ...endpoints.clearTasks,
    params: z.strictObject({ ...filters, all: flag.optional() }),
    /** `kept`, where there are any: they have ended too, but an unfinished task needs their answer. */
    result: z.object({ removed: z.number(), kept: z.number().optional() }),
  },
  showTask: { ...endpoints.showTask, params: z.strictObject(byTask), result: task },
  editTask: {
    ...endpoints.editTask,
    params: editTaskBody.extend(byTask),
    result: task,
  },
  removeTask: { ...endpoints.removeTask, params: z.strictObject(byTask), result: task },
  cancelTask: {
    ...endpoints.cancelTask,
    params: z.strictObject({ ...byTask, reason: z.string().optional() }),
    result: task,
  },
  retryTask: {
    ...endpoints.retryTask,
    params: z.strictObject(byTask),
    result: task,
  },
  pauseTask: {
    ...endpoints.pauseTask,
    params: z.strictObject(byTask),
    result: task,
  },
  resumeTask: {
    ...endpoints.resumeTask,
    params: z.strictObject(byTask),
    result: task,
  },
  whyTask: {
    ...endpoints.whyTask,
    params: z.strictObject(byTask),
    result: whySchema,
  },
  taskEvents: {
    ...endpoints.taskEvents,
    params: z.strictObject({ ...byTask, ...eventStream }),
    result: eventsPage(),
  },
  toolResult: {
    ...endpoints.toolResult,
    params: z.strictObject({ ...byTask, call_id: z.string() }),
    result: z.object({ call_id: z.string(), result: z.string(), bytes: z.number(), truncated: z.boolean() }),
  },
  events: {
    ...endpoints.events,
    /** `tasks`: only what is about these. */
    params: z.strictObject({ ...eventStream, tasks: list(taskRefSchema).optional() }),
    result: eventsPage(),
  },
  listGroups: {
    ...endpoints.listGroups,
    params: none,
    result: z.object({ groups: z.array(groupSchema) }),
  },
  pauseGroup: { ...endpoints.pauseGroup, params: byGroup, result: groupSchema },
  resumeGroup: { ...endpoints.resumeGroup, params: byGroup, result: groupSchema },
  addSchedule: { ...endpoints.addSchedule, params: addScheduleBody, result: schedule, created: true },
  listSchedules: {
    ...endpoints.listSchedules,
    params: none,
    result: z.object({ schedules: z.array(schedule) }),
  },
  showSchedule: { ...endpoints.showSchedule, params: byName, result: schedule },
  editSchedule: { ...endpoints.editSchedule, params: editScheduleBody, result: schedule },
  /** Answers with the schedule as it was. */
  removeSchedule: { ...endpoints.removeSchedule, params: byName, result: schedule },
  runSchedule: { ...endpoints.runSchedule, params: byName, result: task },
  enableSchedule: { ...endpoints.enableSchedule, params: byName, result: schedule },
  disableSchedule: { ...endpoints.disableSchedule, params: byName, result: schedule },
  ...deskApi,
  listTools: { ...endpoints.listTools, params: none, result: z.object({ tools: z.array(toolRowSchema) }) },
  listModels: { ...endpoints.listModels, params: none, result: modelListSchema },
  listConfig: {
    ...endpoints.listConfig,
    params: none,
    result: z.object({ config: z.array(configRowSchema) }),
  },
  showConfig: { ...endpoints.showConfig, params: z.strictObject(byKey), result: configRowSchema },
  setConfig: {
    ...endpoints.setConfig,
    params: z.strictObject({ ...byKey, value: z.json() }),
    result: configRowSchema,
  },
  unsetConfig: { ...endpoints.unsetConfig, params: z.strictObject(byKey), result: configRowSchema },
  listApprovals: {
    ...endpoints.listApprovals,
    params: none,
    result: z.object({ approvals: z.array(approvalSchema) }),
  },
  answerApproval: {
    ...endpoints.answerApproval,
    params: z.strictObject({
      approval_id: z.string(),
      decision: z.enum(['approve', 'deny']),
      reason: z.string().optional(),
      /** Do not ask again for the like. */
      remember: z.boolean().optional(),
    }),
    result: approvalSchema,
  },
  startLoop: { ...endpoints.startLoop, params: none, result: daemonStatusSchema },
  pauseQueue: { ...endpoints.pauseQueue, params: none, result: daemonStatusSchema },
  resumeQueue: { ...endpoints.resumeQueue, params: none, result: daemonStatusSchema },
  /** Answers before the daemon goes; it is gone when its lock is free. */
  stopDaemon: {
    ...endpoints.stopDaemon,
    params: z.strictObject({ timeout_s: z.number().nonnegative().optional(), now: z.boolean().optional() }),
    result: z.object({ stopping: z.literal(true), pid: z.number() }),
  },
} as const satisfies Record<EndpointName, ApiRoute>

interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly params: z.ZodObject
  /** Text is sent as it is, everything else as JSON. */
  readonly result: z.ZodType
  /** Answered with 201. */
  readonly created?: true
}

function eventsPage() {
  return z.object({ events: z.array(eventSchema), next_after: z.number().nullable() })
}

type Api = typeof api
export type ApiName = keyof Api
/** What a caller may write. */
export type ApiInput<N extends ApiName> = z.input<Api[N]['params']>
/** What the daemon's handler gets. */
export type ApiParams<N extends ApiName> = z.output<Api[N]['params']>
export type ApiResult<N extends ApiName> = z.output<Api[N]['result']>

/** One line of an `application/x-ndjson` stream of events. */
export type StreamLine = Event | Delta
