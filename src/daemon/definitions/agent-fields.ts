import * as z from 'zod'
import type { Agent } from '../../protocol/agent.ts'
import type { Limits } from '../../protocol/task.ts'

const name = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u, 'a name of letters, digits, ".", "_" and "-", at most 64')

const text = z.string().max(4000)

/** As lists are written in YAML, or in one line with commas between, as other programs have them. */
const listOf = <T extends z.ZodType<string, string>>(item: T) =>
  z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((part) => part.trim())
            .filter((part) => part !== '')
        : value,
    z.array(item).max(500),
  )

const toolPattern = z
  .string()
  .regex(/^[\w.*?-]{1,200}$/, 'the name of a tool, or a pattern of names such as mcp__files__*')
const toolList = listOf(toolPattern)

const agentPattern = z
  .string()
  .regex(
    /^([\p{L}\p{N}][\p{L}\p{N}._-]{0,63}(\/[\p{L}\p{N}][\p{L}\p{N}._-]{0,63})?|\*)$/u,
    'the name of an agent, or NAME/PILLAR, or "*" for any',
  )

const modes = ['read-only', 'workspace'] as const
const mode = z
  .string()
  .refine((given) => given !== 'full', {
    error: `permissions can be ${modes.join(' or ')}, found "full": that is not there yet`,
    abort: true,
  })
  .pipe(z.enum(modes))

const positiveInt = z.number().int().positive()
const positive = z.number().positive()

/** What the frontmatter of an agent's file may say. */
export const agentFieldsSchema = z.strictObject({
  name: name.optional(),
  description: text.optional(),
  model: z.string().min(1).max(200).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  tools: z
    .union([z.strictObject({ allow: toolList.optional(), deny: toolList.optional() }), toolList])
    .optional(),
  disallowedTools: toolList.optional(),
  delegates: listOf(agentPattern).optional(),
  permissions: z.union([z.strictObject({ mode }), mode]).optional(),
  limits: z
    .strictObject({
      max_steps: positiveInt.nullish(),
      max_tokens: positiveInt.nullish(),
      max_cost_usd: positive.nullish(),
      timeout_s: positive.nullish(),
    })
    .optional(),
  pillars: z.union([z.record(name, z.string().max(1000).nullable()), listOf(name)]).optional(),
})

/** Where `name` may stand although the rest is wrong. */
export const agentNameSchema = name

type AgentFields = z.infer<typeof agentFieldsSchema>

/** What a file says, as an agent has it; what it leaves out is not in it. */
export const saidOf = (fields: AgentFields): Partial<Agent> => {
  const { description, model, temperature, tools, disallowedTools, delegates, permissions, limits, pillars } =
    fields
  return {
    ...(description !== undefined && { description }),
    ...(model !== undefined && { model: model === 'inherit' ? null : model }),
    ...(temperature !== undefined && { temperature }),
    ...((tools !== undefined || disallowedTools !== undefined) && { tools: toolsOf(tools, disallowedTools) }),
    ...(delegates !== undefined && { delegates }),
    ...(permissions !== undefined && {
      permissions: typeof permissions === 'string' ? permissions : permissions.mode,
    }),
    ...(limits !== undefined && { limits: limits as Partial<Limits> }),
    ...(pillars !== undefined && pillarsOf(pillars)),
  }
}

const toolsOf = (tools: AgentFields['tools'], denied: readonly string[] = []): Agent['tools'] => {
  if (tools === undefined || Array.isArray(tools)) return { allow: tools ?? null, deny: [...denied] }
  return { allow: tools.allow ?? null, deny: [...(tools.deny ?? []), ...denied] }
}

const pillarsOf = (
  pillars: NonNullable<AgentFields['pillars']>,
): Pick<Agent, 'pillars' | 'pillar_descriptions'> => {
  if (Array.isArray(pillars)) return { pillars: [...new Set(pillars)], pillar_descriptions: {} }
  const described = Object.entries(pillars).flatMap(([name, about]) =>
    about === null ? [] : [[name, about]],
  )
  return {
    pillars: Object.keys(pillars),
    pillar_descriptions: Object.fromEntries(described) as Record<string, string>,
  }
}
