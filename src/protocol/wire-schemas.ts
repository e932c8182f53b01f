import * as z from 'zod'
import { api } from './api.ts'
import { configSchema } from './config.ts'
import { deltaSchema, deltaSchemas, eventSchema, eventSchemas, streamLineSchema } from './event-schema.ts'
import { changesSchema, deltaTypes, eventTypes } from './event.ts'
import {
  chatDeltaSchema,
  chatReplySchema,
  chatStatusSchema,
  clientFrameSchema,
  serverFrameSchema,
} from './frames.ts'
import { addTaskBody, editTaskBody } from './new-task.ts'
import { addScheduleBody, scheduleSchema } from './schedule.ts'
import { failureCodeSchema, jsonSchema, taskErrorSchema, taskSchema } from './task.ts'
import { taskClientFrameSchema, taskFrameSchema } from './task-frames.ts'

/** A schema that other people read: under this name in the OpenAPI document and in the JSON Schema files. */
export interface WireSchema {
  readonly name: string
  readonly description: string
  readonly schema: z.ZodType
  /** The file that is shipped with the package, `schemas/FILE.json`; null for what is only a part of others. */
  readonly file: string | null
}

/** Everything that has a name of its own on the wire. */
export const wireSchemas = (): readonly WireSchema[] => (built ??= [...parts(), ...documents()])

let built: readonly WireSchema[] | undefined

const part = (name: string, schema: z.ZodType, description: string): WireSchema => ({
  name,
  schema,
  description,
  file: null,
})

const parts = (): WireSchema[] => [
  part('Json', jsonSchema, 'Any JSON value.'),
  part('FailureCode', failureCodeSchema, 'What went wrong, as a code that does not change.'),
  part('TaskError', taskErrorSchema, 'Why a task failed.'),
  part('TaskChanges', changesSchema, 'The fields of a task that take another value.'),
  ...eventTypes.map((type) => part(`${pascal(type)}Event`, eventSchemas()[type], `An event \`${type}\`.`)),
  ...deltaTypes.map((type) => part(pascal(type), deltaSchemas()[type], `A delta \`${type}\`.`)),
  part('ChatReply', chatReplySchema, 'An answer in a conversation.'),
  part('ChatDelta', chatDeltaSchema, 'A fragment of an answer in a conversation, while it streams.'),
  part('ChatTurnStatus', chatStatusSchema, 'That an answer does not come yet, and why; or that it goes on.'),
]

const documents = (): WireSchema[] => [
  {
    name: 'Task',
    file: 'task',
    schema: taskSchema,
    description: 'A task: what a user asked for, and what became of it.',
  },
  {
    name: 'Event',
    file: 'event',
    schema: eventSchema,
    description: 'An immutable, numbered fact. `type` says what `data` holds.',
  },
  {
    name: 'Delta',
    file: 'delta',
    schema: deltaSchema,
    description: 'A fragment that is shown and forgotten: the envelope of an event without `seq`.',
  },
  {
    name: 'StreamLine',
    file: 'stream-line',
    schema: streamLineSchema,
    description: 'One line of an `application/x-ndjson` stream of events.',
  },
  {
    name: 'ClientFrame',
    file: 'client-frame',
    schema: clientFrameSchema,
    description:
      'What a client sends on `/api/ws/agent`. A frame without `type` that has `message` is a `message`.',
  },
  {
    name: 'ControlFrame',
    file: 'control-frame',
    schema: serverFrameSchema,
    description: 'What the daemon sends on `/api/ws/agent` beside events, deltas and chat frames.',
  },
  {
    name: 'ChatFrame',
    file: 'chat-frame',
    schema: z.union([chatReplySchema, chatDeltaSchema, chatStatusSchema]),
    description: 'What the daemon sends of a conversation: no `v`, and a `conversation_id`.',
  },
  {
    name: 'ServerFrame',
    file: 'server-frame',
    schema: z.union([
      serverFrameSchema,
      chatReplySchema,
      chatDeltaSchema,
      chatStatusSchema,
      eventSchema,
      deltaSchema,
    ]),
    description: 'Everything that the daemon sends on `/api/ws/agent`.',
  },
  {
    name: 'TaskClientFrame',
    file: 'task-client-frame',
    schema: taskClientFrameSchema,
    description: 'What a client sends on `/ws/tasks/{task_id}`.',
  },
  {
    name: 'TaskFrame',
    file: 'task-frame',
    schema: taskFrameSchema,
    description: 'What the daemon sends on `/ws/tasks/{task_id}`.',
  },
  {
    name: 'Error',
    file: 'error',
    schema: z.object({
      error: z.object({ code: failureCodeSchema, message: z.string(), hint: z.string().nullable() }),
    }),
    description: 'The body of every HTTP answer that is a refusal or a failure.',
  },
  {
    name: 'AddTask',
    file: 'add-task',
    schema: addTaskBody,
    description: 'The body of `POST /api/v1/tasks`.',
  },
  {
    name: 'EditTask',
    file: 'edit-task',
    schema: editTaskBody,
    description: 'The body of `PATCH /api/v1/tasks/{id}`.',
  },
  {
    name: 'AddSchedule',
    file: 'add-schedule',
    schema: addScheduleBody,
    description: 'The body of `POST /api/v1/schedules`.',
  },
  {
    name: 'Schedule',
    file: 'schedule',
    schema: scheduleSchema,
    description: 'A schedule, which adds tasks at its times.',
  },
  {
    name: 'Status',
    file: 'status',
    schema: api.status.result,
    description: 'The daemon: where it listens, what it has, what it does.',
  },
  {
    name: 'Why',
    file: 'why',
    schema: api.whyTask.result,
    description: 'Why a task is not running.',
  },
  {
    name: 'Config',
    file: 'config',
    schema: configSchema,
    description: 'The configuration, as it is kept in `$SPARKY_HOME/config.json`.',
  },
]

const pascal = (name: string): string =>
  name
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')
