import * as z from 'zod'

/**
 * The configuration that a user keeps in `$SPARKY_HOME/config.json`. Every key is optional; unknown keys and wrong
 * values are refused by name, so that a typing error is never silently ignored.
 */
const positiveInt = z.number().int().positive()
const seconds = z.number().positive()
/** Defaults for tasks; of a group, they stand before those for all. */
const limits = z.strictObject({
  max_steps: positiveInt.optional(),
  max_tokens: positiveInt.optional(),
  max_cost_usd: z.number().positive().optional(),
  timeout_s: z.number().positive().optional(),
})
/** What all tasks together (or those of a group) may use in a day, which begins at midnight where the daemon runs. */
const budget = z.strictObject({
  daily_usd: z.number().positive().optional(),
  daily_tokens: positiveInt.optional(),
  daily_steps: positiveInt.optional(),
  daily_time_s: z.number().positive().optional(),
})
/** What begins after it must begin at a date that there is. */
const pause = seconds.max(366 * 86_400)
/** How tries that fail in one way are repeated: at most `attempts` in all, `first_s` apart and then twice as long. */
const retries = z.strictObject({
  attempts: positiveInt.max(100).optional(),
  first_s: pause.optional(),
  max_s: pause.optional(),
})
const webAddress = z.url({ protocol: /^https?$/ })
/**
 * Called when a task gets that status, with the task as JSON: on stdin of the command, in the body of a POST. Text alone
 * is the command, or the URL where it begins like one.
 */
const hook = z.union([
  z
    .string()
    .min(1)
    .refine((text) => !/^https?:\/\//.test(text) || webAddress.safeParse(text).success, 'a command or a URL'),
  z.strictObject({
    command: z.string().min(1).optional(),
    url: webAddress.optional(),
    timeout_s: seconds.max(3600).optional(),
  }),
])
export type HookConfig = z.infer<typeof hook>
const provider = z.strictObject({ api_key: z.string().optional(), base_url: z.string().optional() })

export const configSchema = z.strictObject({
  model: z.string().min(1).optional(),
  concurrency: positiveInt.max(100).optional(),
  poll_interval: z.number().positive().optional(),
  port: z.number().int().min(0).max(65_535).optional(),
  server: z
    .strictObject({
      hosts: z.array(z.string()).optional(),
      origins: z.array(z.string()).optional(),
      /** WebSockets at a time, over all endpoints (1000); one more is told so and closed with 1013. */
      max_connections: positiveInt.max(100_000).optional(),
    })
    .optional(),
  limits: limits.optional(),
  /** How many tokens a prompt may have: a conversation that nears it is summarised. Else it goes by the model's name. */
  chat: z.strictObject({ context_tokens: positiveInt.min(1000).optional() }).optional(),
  /** An attempt from whose model and tools no byte comes for so long is ended, and tried again. */
  stall_timeout_s: seconds.optional(),
  budget: budget.optional(),
  retries: z
    .strictObject({
      /** Attempts at a task that does not say. */
      attempts: positiveInt.max(100).optional(),
      rate_limit: retries.optional(),
      provider: retries.optional(),
      tool: retries.optional(),
      timeout: retries.optional(),
      stalled: retries.optional(),
    })
    .optional(),
  groups: z
    .record(
      z.string(),
      z.strictObject({
        concurrency: positiveInt.optional(),
        limits: limits.optional(),
        budget: budget.optional(),
      }),
    )
    .optional(),
  /** Finished tasks that are kept: this many, and for this many days; all where nothing is said. */
  retention: z
    .strictObject({
      tasks: z.number().int().nonnegative().optional(),
      days: z.number().nonnegative().optional(),
    })
    .optional(),
  hooks: z
    .strictObject({ completed: hook.optional(), failed: hook.optional(), waiting: hook.optional() })
    .optional(),
  /** `host:port` of local servers that `fetch_url` may reach although their addresses are private. */
  fetch: z.strictObject({ allow: z.array(z.string()).optional() }).optional(),
  search: z
    .strictObject({
      provider: z.enum(['tavily', 'brave', 'searxng']).optional(),
      searxng_url: z.string().optional(),
    })
    .optional(),
  providers: z
    .strictObject({
      google: provider.optional(),
      openai: provider.optional(),
      anthropic: provider.optional(),
      ollama: provider.omit({ api_key: true }).optional(),
      tavily: provider.pick({ api_key: true }).optional(),
      brave: provider.pick({ api_key: true }).optional(),
    })
    .optional(),
})
export type Config = z.infer<typeof configSchema>
