import * as z from 'zod'

/** A definition of an agent, as it is shown. */
export const agentSchema = z.object({
  name: z.string(),
  description: z.string(),
  /** `provider/model`; null: what a task gets anyway. */
  model: z.string().nullable(),
  temperature: z.number().nullable(),
  /** Names and patterns (`mcp__files__*`): which tools it gets (null: all) and which it does not, which is stronger. */
  tools: z.object({ allow: z.array(z.string()).nullable(), deny: z.array(z.string()) }),
  /** Names of agents that it may delegate to; `*` is any. */
  delegates: z.array(z.string()),
  permissions: z.enum(['read-only', 'workspace']),
  limits: z.object({
    max_steps: z.number().nullable().optional(),
    max_tokens: z.number().nullable().optional(),
    max_cost_usd: z.number().nullable().optional(),
    timeout_s: z.number().nullable().optional(),
  }),
  /** Where there are any, one of them has to be named with the agent. */
  pillars: z.array(z.string()),
  /** What each of them is about, in a sentence, where the definition says so. */
  pillar_descriptions: z.record(z.string(), z.string()),
  instructions: z.string(),
  source: z.enum(['built-in', 'home', 'project']),
  /** Null of a built-in one. */
  file: z.string().nullable(),
})
export type Agent = z.infer<typeof agentSchema>

/** What is wrong with a file that a user has written: an agent's, a workflow's, a list of MCP servers. */
export const fileProblemSchema = z.object({
  file: z.string(),
  /** Counted from 1; null where it is about the whole file. */
  line: z.number().int().nullable(),
  message: z.string(),
})
export type FileProblem = z.infer<typeof fileProblemSchema>
