import * as z from 'zod'

/**
 * The configuration that a user keeps in `$SPARKY_HOME/config.json`. Every key is optional; unknown keys and wrong
 * values are refused by name, so that a typing error is never silently ignored.
 */
const positiveInt = z.number().int().positive()
const provider = z.strictObject({ api_key: z.string().optional(), base_url: z.string().optional() })

export const configSchema = z.strictObject({
  model: z.string().min(1).optional(),
  concurrency: positiveInt.max(100).optional(),
  poll_interval: z.number().positive().optional(),
  port: z.number().int().min(0).max(65_535).optional(),
  server: z
    .strictObject({ hosts: z.array(z.string()).optional(), origins: z.array(z.string()).optional() })
    .optional(),
  limits: z
    .strictObject({
      max_steps: positiveInt.optional(),
      max_tokens: positiveInt.optional(),
      max_cost_usd: z.number().positive().optional(),
      timeout_s: z.number().positive().optional(),
    })
    .optional(),
  groups: z.record(z.string(), z.strictObject({ concurrency: positiveInt })).optional(),
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
