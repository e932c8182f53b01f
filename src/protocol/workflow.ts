import * as z from 'zod'

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

export const runWorkflowBody = z.strictObject({
  input: z.string(),
  /** Run on sample results that are marked as such. */
  simulate: z.boolean().optional(),
  id: z.uuid().optional(),
  cwd: z.string().min(1).optional(),
  model: z.string().min(1).max(200).optional(),
  group: z.string().min(1).max(200).optional(),
  labels: z.record(z.string().min(1), z.string()).optional(),
})
