import * as z from 'zod'
import { taskStatuses, type Task } from '../../protocol/task.ts'

/** A task as another agent is shown it: what it can act on, and no more than it need read. */
export const shownTaskSchema = z.object({
  number: z.number().int(),
  id: z.string(),
  status: z.enum(taskStatuses),
  prompt: z.string(),
  agent: z.string(),
  model: z.string().nullable(),
  cwd: z.string(),
  labels: z.record(z.string(), z.string()),
  step: z.number().int(),
  note: z.string().nullable(),
  /** What it waits for; null where it does not. */
  waiting_for: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  cost_usd: z.number().nullable(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
})
export type ShownTask = z.infer<typeof shownTaskSchema>

export const shownTask = (task: Task): ShownTask => ({
  number: task.number,
  id: task.id,
  status: task.status,
  prompt: task.prompt,
  agent: task.agent,
  model: task.model,
  cwd: task.cwd,
  labels: task.labels,
  step: task.progress.step,
  note: task.progress.note,
  waiting_for: task.waiting_for?.kind ?? null,
  error: task.error === null ? null : { code: task.error.code, message: task.error.message },
  cost_usd: task.usage.cost_usd,
  created_at: task.created_at,
  finished_at: task.finished_at,
})

const listedPromptLength = 200

/** The same for a list, where a long prompt is cut. */
export const listedTask = (task: Task): ShownTask => {
  const { prompt } = task
  const cut = prompt.length > listedPromptLength ? `${prompt.slice(0, listedPromptLength)}…` : prompt
  return { ...shownTask(task), prompt: cut }
}

/** "Task 3 is in_progress (step 4)." */
export const taskSentence = ({ number, status, step, waiting_for: waitingFor, error }: ShownTask): string => {
  const more = [
    ...(status === 'in_progress' ? [`step ${step}`] : []),
    ...(waitingFor === null ? [] : [`for ${waitingFor}`]),
    ...(error === null ? [] : [`${error.code}: ${error.message}`]),
  ].join(', ')
  return `Task ${number} is ${status}${more === '' ? '' : ` (${more})`}.`
}
