import * as z from 'zod'
import { environmentField, taskSettingFields } from './new-task.ts'

/** A workflow as it is listed. */
export const workflowSchema = z.object({
  name: z.string(),
  description: z.string(),
  /** Names of its nodes, in the order in which they are defined. */
  nodes: z.array(z.string()),
  source: z.enum(['built-in', 'home', 'project']),
  /** Null of a built-in one. */
  file: z.string().nullable(),
})
export type WorkflowRow = z.infer<typeof workflowSchema>

const { agent: _agent, pillar: _pillar, ...settings } = taskSettingFields

/** The settings of a task that mean something for a workflow, beside what it is to do. */
export const runWorkflowBody = z.strictObject({
  ...settings,
  input: z.string(),
  /** Run on sample results that are marked as such. */
  simulate: z.boolean().optional(),
  id: z.uuid().optional(),
  environment: environmentField,
})
export type RunWorkflowBody = z.input<typeof runWorkflowBody>
