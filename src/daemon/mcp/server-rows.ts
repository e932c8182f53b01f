import { isJsonObject } from '../../protocol/json-object.ts'
import type { Json } from '../../protocol/task.ts'
import type { ConfiguredServer, ConfiguredServers } from './configured-servers.ts'

/** A server as it is listed: what may be secret is masked. */
export interface ServerRow {
  readonly name: string
  readonly source: 'home' | 'project'
  readonly file: string
  /** Null where the definition does not say. */
  readonly transport: 'stdio' | 'http' | 'sse' | null
  /** `overridden`: another one of its name counts. */
  readonly status: 'ready' | 'disabled' | 'untrusted' | 'wrong' | 'overridden'
  /** What is wrong, or what is to be done; null where it is ready. */
  readonly problem: string | null
  /** As it is written, with the values of `env` and `headers` masked. */
  readonly definition: Json
}

export const serverRows = ({ servers }: ConfiguredServers): ServerRow[] =>
  servers.map((server, index) => {
    const winner = servers.findIndex(({ name }) => name === server.name)
    const status = winner === index ? server.state.kind : 'overridden'
    return {
      name: server.name,
      source: server.source,
      file: server.file,
      transport: transportOf(server.written),
      status,
      problem:
        winner === index ? problemOf(server) : `the server of this name in ${servers[winner]?.file} counts`,
      definition: maskedDefinition(server.written),
    }
  })

const problemOf = ({ state }: ConfiguredServer): string | null => {
  switch (state.kind) {
    case 'ready':
    case 'disabled':
      return null
    case 'untrusted':
      return 'new or changed since you trusted the project, or you never did: run "sparky trust" there'
    case 'wrong':
      return `${state.problem.line === null ? '' : `line ${state.problem.line}: `}${state.problem.message}`
  }
}

const transportOf = (written: Json): ServerRow['transport'] => {
  if (!isJsonObject(written)) return null
  if ('command' in written) return 'stdio'
  if (!('url' in written)) return null
  return written['type'] === 'sse' ? 'sse' : 'http'
}

const maskedDefinition = (written: Json): Json => {
  if (!isJsonObject(written)) return written
  const { env, headers, url, ...rest } = written
  return {
    ...rest,
    ...(url === undefined ? {} : { url: typeof url === 'string' ? maskedUrl(url) : url }),
    ...(isJsonObject(env) ? { env: maskedValues(env) } : {}),
    ...(isJsonObject(headers) ? { headers: maskedValues(headers) } : {}),
  }
}

const dots = '••••'

const maskedValues = (values: { [key: string]: Json }): { [key: string]: Json } =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isReference(value) ? value : dots]))

/** What names a variable and gives no default holds no secret. */
const isReference = (value: Json): boolean => typeof value === 'string' && /^\w* ?\$\{\w+\}$/.test(value)

/** Keys are given to some servers in their address. */
const maskedUrl = (url: string): string =>
  url
    .replace(/(?<=[?&][^=&#]+=)(?!\$\{\w+\}(?:[&#]|$))[^&#]+/g, dots)
    .replace(/(?<=^https?:\/\/)[^/?#@]+(?=@)/, dots)
