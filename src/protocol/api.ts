import * as z from 'zod'
import { endpoints, type EndpointName } from './endpoints.ts'
import { eventSchema } from './event-schema.ts'
import { deltaTypes, eventTypes, type Delta, type Event } from './event.ts'
import { addTaskBody, editTaskBody, groupNameSchema, taskRefSchema } from './new-task.ts'
import {
  addScheduleBody,
  editScheduleBody,
  scheduleNameSchema,
  scheduleSchema,
  type Schedule,
} from './schedule.ts'
import { socketEndpoints } from './socket-endpoints.ts'
import { taskSchema, taskStatuses, taskStatusSchema, type Task } from './task.ts'

/**
 * The HTTP interface as one table: method and path -> what goes in and what comes back. `params` is everything
 * that a caller sends, whichever way it travels: names in the path (`{id}`), the query of a GET or DELETE, the
 * JSON body of the rest. The server parses `params` here and nowhere else; the client takes its types from it.
 */

/** What is taken as text too, since a query has nothing else: how it is described to others. */
export const queryForms = z.registry<{ readonly type: 'integer' | 'boolean'; readonly minimum?: number }>()

const count = z
  .union([z.number(), z.string().regex(/^\d+$/, 'expected a whole number').transform(Number)])
  .register(queryForms, { type: 'integer', minimum: 0 })
const flag = z
  .union([
    z.boolean(),
    z.enum(['true', 'false', '1', '0', '']).transform((text) => text !== 'false' && text !== '0'),
  ])
  .register(queryForms, { type: 'boolean' })
/** In a query, `a,b` is a list. */
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',') : value),
    z.array(item),
  ) as unknown as z.ZodType<z.output<T>[], z.input<T>[] | string>
const byTask = { id: taskRefSchema }

const labelFilter = z.string().regex(/^[^=]+=.*$/s, 'expected LABEL=VALUE')
const filters = {
  status: list(taskStatusSchema).optional(),
  group: z.string().optional(),
  label: list(labelFilter).optional(),
}

const statusCounts = z.object(
  Object.fromEntries(taskStatuses.map((status) => [status, z.number()])) as Record<
    (typeof taskStatuses)[number],
    z.ZodNumber
  >,
)
export type StatusCounts = z.infer<typeof statusCounts>

const daemonStatusSchema = z.object({
  running: z.literal(true),
  pid: z.number(),
  url: z.string(),
  version: z.string(),
  started_at: z.string(),
  uptime_s: z.number(),
  agent_loop: z.boolean(),
  last_heartbeat: z.string().nullable(),
  model: z.string(),
  concurrency: z.number(),
  paused: z.boolean(),
  store: z.object({
    kind: z.enum(['embedded', 'postgres']),
    id: z.string(),
    seq: z.number(),
    path: z.string().nullable(),
    writable: z.boolean(),
  }),
  tasks: statusCounts,
  sessions: z.number(),
  home: z.string(),
  poll_interval_s: z.number(),
  /** Names of the provider keys that the daemon has, never their values. */
  keys: z.array(z.string()),
})
export type DaemonStatus = z.infer<typeof daemonStatusSchema>

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

/** One authenticated WebSocket. */
const sessionRowSchema = z.object({
  session_id: z.string(),
  user_id: z.string(),
  endpoint: z.enum(socketEndpoints),
  /** The one task that it watches, where the endpoint is for one. */
  task_id: z.string().nullable(),
  /** What it calls itself. */
  client: z.string().nullable(),
  connected_at: z.string(),
  events_sent: z.number().int(),
  /** Handed over, and not yet taken by the system. */
  buffered_bytes: z.number().int(),
  subscribed: z.boolean(),
  /** The newest `seq` that it was sent, or that its filter hid from it. */
  cursor: z.number().int().nullable(),
  /** Whether it fell behind and is being replayed. */
  lagging: z.boolean(),
})
export type SessionRow = z.infer<typeof sessionRowSchema>

const sessionStatisticsSchema = z.object({
  /** WebSockets, on all endpoints. */
  total_connections: z.number().int(),
  max_connections: z.number().int(),
  unique_users: z.number().int(),
  /** Readers of events: those of WebSockets, and those that follow over HTTP. */
  subscriptions: z.number().int(),
  /** Tasks in progress; of them, those that are workflows. */
  active_workflows: z.number().int(),
  active_tasks: z.number().int(),
  /** Events written to readers since the daemon started, and a second over the last ten. */
  events_sent: z.number().int(),
  events_per_second: z.number(),
  /** Readers that fell behind and are being replayed. */
  slow_consumers: z.number().int(),
  sessions: z.array(sessionRowSchema),
})
export type SessionStatistics = z.infer<typeof sessionStatisticsSchema>

const toolRowSchema = z.object({
  name: z.string(),
  description: z.string(),
  effect: z.enum(['pure', 'idempotent', 'once']),
  available: z.boolean(),
  /** What is missing, and how to mend it; only where the tool is not available. */
  why_not: z.string().optional(),
  /** JSON Schema of its arguments. */
  input_schema: z.record(z.string(), z.json()),
})
export type ToolRow = z.infer<typeof toolRowSchema>

const modelRowSchema = z.object({
  /** `provider/model` */
  name: z.string(),
  provider: z.string(),
  /** Whether it is what its provider's key alone gives. */
  default: z.boolean(),
  /** Whether a task that names no model would get it here. */
  chosen: z.boolean(),
})
export type ModelRow = z.infer<typeof modelRowSchema>

const modelListSchema = z.object({
  models: z.array(modelRowSchema),
  /** What a task that names no model would get, and why; null where it would get none. */
  chosen: z.object({ name: z.string(), why: z.string() }).nullable(),
  /** What is wrong and what to do about it: of one provider, or (null) of the choice. */
  problems: z.array(z.object({ provider: z.string().nullable(), problem: z.string() })),
})
export type ModelList = z.infer<typeof modelListSchema>

/** A dotted key and its value, masked where it is a secret; null where it is at its default. */
const configRowSchema = z.object({ key: z.string(), value: z.json() })
export type ConfigRow = z.infer<typeof configRowSchema>
const byKey = { key: z.string() }

/** A tool call that waits for somebody's word. */
const approvalSchema = z.object({
  approval_id: z.string(),
  task_id: z.string(),
  call_id: z.string(),
  name: z.string(),
  args: z.json(),
  reason: z.string(),
  requested_at: z.string(),
})

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
