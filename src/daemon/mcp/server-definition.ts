import path from 'node:path'
import * as z from 'zod'
import { check } from '../../protocol/check.ts'
import type { Json } from '../../protocol/task.ts'

/** How to reach a server, with every variable put in. */
type ServerPlace =
  | {
      readonly kind: 'stdio'
      readonly command: string
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, string>>
      /** Null: the project's folder, else the task's. */
      readonly cwd: string | null
    }
  | {
      /** `any`: streamable HTTP, and SSE where the server knows nothing newer. */
      readonly kind: 'http' | 'sse' | 'any'
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
    }

export interface ServerDefinition {
  readonly place: ServerPlace
  /** How long its start may take. */
  readonly startTimeoutMs: number
  /** How long a call may be silent: progress begins it anew. */
  readonly callTimeoutMs: number
}

const defaultStartTimeoutMs = 30_000
const defaultCallTimeoutMs = 300_000

const addressPhrase = 'an address that begins with http:// or https://'

const isWebAddress = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)

const texts = z.record(z.string(), z.string())
const milliseconds = z.number().int().min(1).max(86_400_000)
/** Other tools have members of their own in the same file, so what is not known is passed over. */
const timing = {
  disabled: z.boolean().optional(),
  timeout: milliseconds.optional(),
  startup_timeout: milliseconds.optional(),
}

const stdioSchema = z.object({
  ...timing,
  type: z.literal('stdio').optional(),
  command: z.string().min(1),
  args: z.array(z.string()).optional(),
  env: texts.optional(),
  cwd: z.string().min(1).optional(),
})

const remoteSchema = z.object({
  ...timing,
  type: z.enum(['http', 'sse', 'streamable-http', 'streamableHttp']).optional(),
  url: z.string().refine((url) => url.includes('${') || isWebAddress(url), addressPhrase),
  headers: texts.optional(),
})

export type WrittenServer = z.infer<typeof stdioSchema> | z.infer<typeof remoteSchema>

export type ParsedServer =
  | { readonly ok: true; readonly server: WrittenServer }
  | { readonly ok: false; readonly message: string }

/** A definition as it is written, checked; variables are still names. The message says what is expected and found. */
export const parseServer = (definition: Json): ParsedServer => {
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) {
    return { ok: false, message: 'expected an object with "command" or "url"' }
  }
  const isLocal = 'command' in definition
  if (isLocal === 'url' in definition) {
    return {
      ok: false,
      message: `expected "command" or "url", found ${isLocal ? 'both' : 'neither'}`,
    }
  }
  const checked = check(isLocal ? stdioSchema : remoteSchema, definition, 'the server')
  return checked.ok ? { ok: true, server: checked.value } : checked
}

export const isDisabled = ({ disabled }: WrittenServer): boolean => disabled === true

/** Sparky offers its own queue to other agents; its own agents have it already, and a second daemon would be started for it. */
export const isSparky = (server: WrittenServer): boolean =>
  'command' in server &&
  path.basename(server.command) === 'sparky' &&
  server.args?.[0] === 'mcp' &&
  server.args[1] === 'serve'

type Environment = Readonly<Record<string, string | undefined>>

export type ExpandedServer =
  | { readonly ok: true; readonly definition: ServerDefinition }
  | { readonly ok: false; readonly message: string }

/** Puts in `${NAME}` and `${NAME:-default}`; one that is not set and has no default is named. */
export const expandServer = (server: WrittenServer, environment: Environment): ExpandedServer => {
  const missing = new Set<string>()
  const put = (text: string): string => expand(text, environment, missing)
  const place = placeOf(server, put)
  if (missing.size > 0) {
    const names = [...missing].join(', ')
    const [noun, verb] = missing.size === 1 ? ['variable', 'is'] : ['variables', 'are']
    return {
      ok: false,
      message: `the ${noun} ${names} ${verb} not set (the daemon has the environment that it was started in)`,
    }
  }
  if (place.kind !== 'stdio' && !isWebAddress(place.url)) {
    return { ok: false, message: `expected url to be ${addressPhrase}` }
  }
  return {
    ok: true,
    definition: {
      place,
      startTimeoutMs: server.startup_timeout ?? defaultStartTimeoutMs,
      callTimeoutMs: server.timeout ?? defaultCallTimeoutMs,
    },
  }
}

type Put = (text: string) => string

const placeOf = (server: WrittenServer, put: Put): ServerPlace => {
  if ('command' in server) {
    const { command, args = [], env = {}, cwd } = server
    return {
      kind: 'stdio',
      command: put(command),
      args: args.map(put),
      env: mapValues(env, put),
      cwd: cwd === undefined ? null : put(cwd),
    }
  }
  const { type, url, headers = {} } = server
  const kind = type === undefined ? 'any' : type === 'sse' ? 'sse' : 'http'
  return { kind, url: put(url), headers: mapValues(headers, put) }
}

const variable = /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g

const expand = (text: string, environment: Environment, missing: Set<string>): string =>
  text.replaceAll(variable, (_whole, name: string, fallback: string | undefined) => {
    // As a shell has it: with a default, an empty variable counts as none.
    const value = fallback === undefined ? environment[name] : environment[name] || fallback
    if (value === undefined) missing.add(name)
    return value ?? ''
  })

const mapValues = (values: Readonly<Record<string, string>>, change: Put): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))
