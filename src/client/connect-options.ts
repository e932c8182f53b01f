import { SparkyError } from '../protocol/failure.ts'
import type { ApiClientOptions } from './api-client.ts'
import type { Environment } from './environment.ts'
import type { HttpTarget } from './transport.ts'

export interface ConnectOptions extends ApiClientOptions {
  /** Where the daemon is, such as `http://127.0.0.1:7717`. In Node, the one of this `SPARKY_HOME` if left out. */
  readonly url?: string | undefined
  /** The daemon's token (`$SPARKY_HOME/token`); needed with `url`, unless the daemon runs with `--no-auth`. */
  readonly token?: string | undefined
  /** In Node: where `SPARKY_HOME` is looked up; `process.env` if left out. */
  readonly env?: Environment | undefined
}

/** The target that a program names itself. Throws `usage` where that is no address. */
export const namedTarget = (url: string, token = ''): HttpTarget => {
  if (!isAddress(url)) {
    throw new SparkyError(
      'usage',
      `expected url to be such as http://127.0.0.1:7717, found ${JSON.stringify(url.replace(/\/\/[^/]*@/, '//…@'))}`,
    )
  }
  return { url: url.replace(/\/+$/, ''), token }
}

/** A path may be there, of a proxy; what could stand in no request or in the way of one may not. */
const isAddress = (text: string): boolean => {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}
