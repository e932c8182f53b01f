import type { AddTaskBody } from './new-task.ts'
import type { AddScheduleBody } from './schedule.ts'
import type { Task } from './task.ts'

type Fields<T> = Readonly<Record<keyof T & string, string>>

/** What the fields of a schema are, in words for those who read it. By the name of the schema, then of the field. */
export const fieldDescriptions = (): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  Task: taskFields,
  AddTask: { ...settingFields, ...addFields },
  EditTask: { ...settingFields, prompt: 'What is to be done.' },
  AddSchedule: { ...settingFields, ...scheduleFields },
})

const taskFields: Fields<Task> = {
  id: 'A UUID, version 7.',
  number: '1, 2, 3 … in this store, never used twice; accepted wherever an id is.',
  kind: 'What it runs as.',
  status: 'completed, failed and cancelled are final.',
  prompt: 'What was asked for, as it was written.',
  request_payload: 'What the model gets: the prompt with its placeholders filled, and the context.',
  response_payload: 'Null until it has completed.',
  error: 'Null unless it failed.',
  waiting_for: 'What a task that is waiting waits for.',
  agent: 'Name of the agent that does it.',
  model: 'provider/model; null until the daemon has chosen.',
  cwd: 'The folder that it works in.',
  group: 'Tasks of a group share slots, and can be paused together.',
  priority: 'Higher ones run first.',
  locks: 'Of tasks with a lock in common one runs at a time.',
  depends_on: 'Ids of the tasks that it waits for.',
  depends_on_any: 'Those of depends_on that need only have ended, in whichever way.',
  parent_id: 'The task that added it.',
  conversation_id: 'The conversation that it is a turn of.',
  schedule: 'Name of the schedule that added it.',
  labels: 'Names and values that its user gave it.',
  notify: 'Whether a desktop notification tells of its end.',
  attempt: 'Number of the newest attempt, or of the first one to come.',
  attempts: 'Every attempt that has started, oldest first; the newest fifty.',
  max_attempts: 'How often it is tried.',
  progress: 'The step that it is at; max_steps is null where there is no limit.',
  limits: 'Null is none. max_cost_usd in US dollars, timeout_s in seconds of one attempt.',
  usage: 'What all its model calls took; cost_usd is null where a price is not known.',
  created_at: 'When it was added: ISO 8601, in UTC, as every time.',
  updated_at: 'Time of its newest event.',
  not_before: 'It does not start before.',
  started_at: 'When its first attempt began.',
  finished_at: 'When it became completed, failed or cancelled.',
  first_seq: 'seq of its first event.',
  last_seq: 'seq of its newest event.',
}

type Settings = Omit<
  AddTaskBody,
  'id' | 'prompt' | 'dedupe' | 'parent_id' | 'conversation_id' | 'environment'
>

const settingFields: Fields<Settings> = {
  context: 'Any JSON; reaches the model with the prompt, marked as data.',
  agent: 'Name of the agent that is to do it, or NAME/PILLAR.',
  pillar: 'Which of the pillars of its agent it is about.',
  model: 'provider/model, or a bare name such as gemini-flash-latest.',
  cwd: 'The folder to work in; default $SPARKY_HOME/work.',
  priority: 'Higher ones run first; default 0.',
  after: 'Tasks that have to complete first.',
  depends_on: 'The same as after.',
  after_any: 'Tasks that have to end first, in whichever way.',
  at: 'Not before: an ISO 8601 time, or a span from now such as 90s, 10m, 1h30m.',
  not_before: 'The same as at.',
  group: 'Tasks of a group share slots, and can be paused together.',
  lock: 'The same as locks.',
  locks: 'Of tasks with a lock in common one runs at a time.',
  labels: 'Names and values of your own.',
  notify: 'Tell of its end with a desktop notification.',
  attempts: 'The same as max_attempts.',
  max_attempts: 'How often it is tried.',
  timeout: 'The same as limits.timeout_s.',
  timeout_s: 'The same as limits.timeout_s.',
  max_steps: 'The same as limits.max_steps.',
  max_tokens: 'The same as limits.max_tokens.',
  max_cost: 'The same as limits.max_cost_usd.',
  max_cost_usd: 'The same as limits.max_cost_usd.',
  limits: 'Null is none, whatever the configuration says; left out is what it says.',
}

const addFields: Fields<Omit<AddTaskBody, keyof Settings>> = {
  id: 'A UUID (version 7) of your own: adding the same one again returns the same task.',
  prompt: 'What is to be done.',
  dedupe: 'Return the unfinished task with equal agent, cwd, prompt and context, if there is one.',
  parent_id: 'The task that adds it.',
  conversation_id: 'The conversation that it goes on with, or starts.',
  environment: 'Variables of the shell that adds it, which count for it.',
}

const scheduleFields: Fields<Omit<AddScheduleBody, keyof Settings>> = {
  name: 'Its name.',
  prompt: 'What is to be done each time.',
  dedupe: 'Add none where an unfinished task is equal.',
  environment: 'Variables of the shell that adds it, which count for its tasks.',
  cron: 'A cron expression of 5 fields, or 6 with seconds first; or "every 1h30m".',
  every: 'A span such as 90s or 1h30m, or a number of seconds.',
  timezone: 'A name of the IANA time zone database.',
  overlap: 'When its last task has not ended: leave the time out, let one wait, or add one all the same.',
  catch_up: 'After times were missed: no task, one for the latest, or one for each.',
  max_failures: 'After so many failures in a row it is disabled; null for never.',
  enabled: 'Whether it adds tasks.',
  replace: 'Take the place of the schedule of this name, if there is one.',
}
