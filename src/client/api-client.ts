import type { ApiInput, ApiName, ApiResult } from '../protocol/api.ts'
import { endpoints } from '../protocol/endpoints.ts'
import { failureCodes, SparkyError, type Failure, type FailureCode } from '../protocol/failure.ts'
import { version } from '../protocol/version.ts'
import type { HttpResponse, HttpTarget, SendRequest } from './transport.ts'
import { isRefused } from './unreachable.ts'

export interface ApiClientOptions {
  /** Told once, where the daemon is not of this program's version. */
  readonly onOtherVersion?: ((daemonVersion: string) => void) | undefined
  /** How long an answer may take; 30 s if left out. */
  readonly timeoutMs?: number | undefined
}

/** Where a daemon listens. The version is known where it is in a file. */
export type LocatedDaemon = HttpTarget & { readonly version?: string }

interface ApiPorts<A extends LocatedDaemon> {
  /** Where the daemon is now; null where none runs. May throw a `SparkyError`. */
  readonly locate: () => A | null
  readonly sendRequest: SendRequest
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * Calls a daemon over HTTP, wherever it listens at the moment: after a failure its address is looked for anew. Every
 * call rejects with a `SparkyError`: the daemon's own code and hint, or `daemon_unreachable`.
 */
export class ApiClient<A extends LocatedDaemon = LocatedDaemon> {
  readonly #ports: ApiPorts<A>
  readonly #timeoutMs: number
  #onOtherVersion: ((daemonVersion: string) => void) | undefined
  #address: A | null = null

  constructor(ports: ApiPorts<A>, options: ApiClientOptions = {}) {
    this.#ports = ports
    this.#timeoutMs = options.timeoutMs ?? 30_000
    this.#onOtherVersion = options.onOtherVersion
  }

  /** Where the daemon is; null where none runs. */
  find(): A | null {
    return (this.#address ??= this.#ports.locate())
  }

  /** Where the daemon is. Throws `daemon_unreachable` where none runs. */
  address(): A {
    const address = this.find()
    if (address !== null) {
      this.#checkVersion(address.version || undefined)
      return address
    }
    throw new SparkyError('daemon_unreachable', 'no daemon is running', {
      hint: 'sparky agent start starts one',
      retryable: true,
    })
  }

  /** Reads the address anew at the next call: the daemon was started, stopped or restarted. */
  forgetAddress(): void {
    this.#address = null
  }

  async call<N extends ApiName>(
    name: N,
    params: ApiInput<N>,
    options: CallOptions = {},
  ): Promise<ApiResult<N>> {
    const response = await this.#send(name, params, options)
    const text = await response.text()
    const isPlain = response.status < 300 && response.headers['content-type']?.startsWith('text/') === true
    const body = isPlain ? text : parseJson(text)
    if (response.status < 300 && body !== undefined) return body as ApiResult<N>
    throw toError(response, body, this.address().url)
  }

  /** Events as lines of JSON: the open answer of an `application/x-ndjson` request. */
  async open<N extends 'events' | 'taskEvents'>(
    name: N,
    params: ApiInput<N>,
    options: CallOptions = {},
  ): Promise<HttpResponse> {
    const response = await this.#send(name, params, { ...options, accept: 'application/x-ndjson' })
    if (response.status === 200) return response
    throw toError(response, parseJson(await response.text()), this.address().url)
  }

  async #send(
    name: ApiName,
    params: object,
    options: CallOptions & { accept?: string },
  ): Promise<HttpResponse> {
    const { method } = endpoints[name]
    const { path, rest } = fillPath(endpoints[name].path, params)
    const inQuery = method === 'GET' || method === 'DELETE'
    const address = this.address()
    const request = {
      method,
      path: inQuery ? path + queryOf(rest) : path,
      ...(inQuery ? {} : { body: JSON.stringify(rest) }),
      timeoutMs: this.#timeoutMs,
      ...options,
    }
    try {
      const response = await this.#ports
        .sendRequest(address, request)
        .catch((error: unknown) => this.#ports.sendRequest(this.#elsewhere(address, error), request))
      this.#checkVersion(response.headers['sparky-version'])
      return response
    } catch (error) {
      this.forgetAddress()
      throw error
    }
  }

  /** Where the daemon was started again meanwhile. Throws the error where it was not, or may have got the request. */
  #elsewhere(before: A, error: unknown): A {
    this.forgetAddress()
    const now = isRefused(error) ? this.find() : null
    if (now === null || now.url === before.url) throw error
    return now
  }

  #checkVersion(daemonVersion: string | undefined): void {
    if (daemonVersion === undefined || daemonVersion === version) return
    this.#onOtherVersion?.(daemonVersion)
    this.#onOtherVersion = undefined
  }
}

const fillPath = (template: string, params: object): { path: string; rest: Record<string, unknown> } => {
  const rest: Record<string, unknown> = { ...params }
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return encodeURIComponent(String(value))
  })
  return { path, rest }
}

const queryOf = (params: Record<string, unknown>): string => {
  const pairs = Object.entries(params)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const toError = (response: HttpResponse, body: unknown, url: string): SparkyError => {
  const failure = (body as { error?: Partial<Failure> } | undefined)?.error
  if (typeof failure?.code === 'string' && typeof failure.message === 'string') {
    const code: FailureCode = failure.code in failureCodes ? failure.code : 'internal'
    return new SparkyError(code, failure.message, { hint: failure.hint ?? undefined })
  }
  const found = `expected Sparky to answer at ${url}, found something else (HTTP ${response.status})`
  if (response.status === 401) return new SparkyError('unauthorized', found)
  if (response.status === 403) return new SparkyError('forbidden', found)
  return new SparkyError('daemon_unreachable', found, {
    hint: 'another program may have taken the port: sparky agent restart',
    // A proxy says so while the daemon behind it is away.
    retryable: [502, 503, 504].includes(response.status),
  })
}
