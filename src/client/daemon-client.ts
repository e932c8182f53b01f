import { readAddress, type DaemonAddress } from './address.ts'
import { ApiClient, type ApiClientOptions } from './api-client.ts'
import type { Environment } from './environment.ts'
import { sendRequest } from './http.ts'

export interface DaemonClientOptions extends ApiClientOptions {
  /** Where `SPARKY_HOME`, `SPARKY_TOKEN` and `SPARKY_HOST` are looked up; `process.env` if left out. */
  readonly env?: Environment | undefined
}

/** Calls the daemon of this `SPARKY_HOME` over HTTP, and no more: light to load, for the command line. */
export class DaemonClient extends ApiClient<DaemonAddress> {
  constructor({ env = process.env, ...options }: DaemonClientOptions = {}) {
    super({ locate: () => readAddress(env), sendRequest }, options)
  }
}
