import type { Schedule } from '../../protocol/schedule.ts'
import { isFinal, type Task } from '../../protocol/task.ts'
import type { TaskDefaults } from '../queue/prepare-task.ts'
import { nextRuns } from './due.ts'
import { leftOutChange } from './left-out.ts'
import type { ScheduleRecord } from './record.ts'

interface ShowParts {
  readonly find: (id: string) => Task | undefined
  readonly nowMs: number
  /** What a task gets whose schedule does not say. */
  readonly defaults: Pick<TaskDefaults, 'cwd' | 'maxAttempts'>
}

const shownRuns = 5

/** A schedule as everybody may see it: without the environment of the shell that added it. */
export const showRecord = (record: ScheduleRecord, { find, nowMs, defaults }: ShowParts): Schedule => {
  const { task } = record
  return {
    name: record.name,
    cron: record.cron,
    every: record.every,
    every_s: record.every_s,
    timezone: record.timezone,
    overlap: record.overlap,
    catch_up: record.catch_up,
    max_failures: record.max_failures,
    enabled: record.enabled,
    disabled_reason: record.disabled_reason,
    failures_in_row: record.failures_in_row,
    next_runs: nextRuns(record, nowMs, shownRuns).map((ms) => new Date(ms).toISOString()),
    last_run: lastRun(record, find),
    last_skipped: leftOutChange(record, find, nowMs)?.last_skipped ?? record.last_skipped,
    created_at: record.created_at,
    updated_at: record.updated_at,
    prompt: task.prompt,
    agent: task.agent ?? 'default',
    model: task.model ?? null,
    cwd: task.cwd ?? defaults.cwd,
    group: task.group ?? 'default',
    priority: task.priority ?? 0,
    locks: task.locks ?? [],
    labels: task.labels ?? {},
    context: task.context ?? null,
    limits: { ...noLimits, ...task.limits },
    max_attempts: task.max_attempts ?? defaults.maxAttempts,
    notify: task.notify ?? false,
    dedupe: task.dedupe ?? false,
  }
}

const noLimits = { max_steps: null, max_tokens: null, max_cost_usd: null, timeout_s: null }

/** With what its task is by now; of a task that was removed, with the end that was counted. */
const lastRun = ({ last_run }: ScheduleRecord, find: ShowParts['find']): Schedule['last_run'] => {
  if (last_run === null) return null
  const task = last_run.task_id === null ? undefined : find(last_run.task_id)
  const { at, manual, task_id, status, error } = last_run
  if (task === undefined) {
    return {
      at,
      manual,
      task_id,
      number: null,
      status: status !== null && isFinal(status) ? status : null,
      error,
    }
  }
  return { at, manual, task_id, number: task.number, status: task.status, error: task.error }
}
