import { readFileSync } from 'node:fs'
import os from 'node:os'
import { homePaths, sparkyHome } from '../config/home.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { Environment } from './environment.ts'
import { isAlive } from './process-alive.ts'

/** Where a running daemon is, from `$SPARKY_HOME/daemon.json`, and the token that it wants. */
export interface DaemonAddress {
  /** `http://127.0.0.1:7717`, without a path. */
  readonly url: string
  readonly token: string
  readonly pid: number
  readonly version: string
  readonly startedAt: string
  /** Names of the provider keys that the daemon has. */
  readonly keys: readonly string[]
  /** The flags that it was started with, so that a restart can repeat them. */
  readonly flags: readonly string[]
}

/**
 * The daemon of this `SPARKY_HOME`, or null where none runs: no daemon.json, a damaged one, or one whose process
 * is gone (its port may belong to somebody else by now). `SPARKY_TOKEN` beats the token file.
 */
export const readAddress = (env: Environment): DaemonAddress | null => {
  const paths = homePaths(sparkyHome(env))
  const written = parseDaemonFile(readText(paths.daemonJson))
  if (written === null || !isAlive(written.pid)) return null
  requireLocal(written.url, env, paths.daemonJson)
  return { ...written, token: env['SPARKY_TOKEN'] || (readText(paths.token) ?? '').trim() }
}

const readText = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return null
    throw new SparkyError('daemon_unreachable', `cannot read ${file}: ${(error as Error).message}`, {
      hint: 'sparky doctor looks at the permissions of everything that Sparky keeps',
      cause: error,
    })
  }
}

const parseDaemonFile = (text: string | null): Omit<DaemonAddress, 'token'> | null => {
  const fields = parseObject(text)
  const { url, pid } = fields
  if (typeof url !== 'string' || !URL.canParse(url) || !Number.isInteger(pid) || (pid as number) <= 0)
    return null
  return {
    url: url.replace(/\/+$/, ''),
    pid: pid as number,
    version: textOf(fields['version']),
    startedAt: textOf(fields['started_at']),
    keys: strings(fields['keys']),
    flags: strings(fields['flags']),
  }
}

const parseObject = (text: string | null): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

/** The token goes to this machine, or to the host that the user configured, and nowhere else. */
const requireLocal = (url: string, env: Environment, file: string): void => {
  const { protocol, hostname } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol === 'http:' && (isLoopback(host) || host === env['SPARKY_HOST'] || isOwnAddress(host))) return
  throw new SparkyError(
    'daemon_unreachable',
    `expected ${file} to name an address of this machine, found "${url}"`,
    {
      hint: 'remove that file if you do not know where it comes from, or set SPARKY_HOST to that host',
    },
  )
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)

const isOwnAddress = (host: string): boolean =>
  Object.values(os.networkInterfaces()).some((entries) => entries?.some(({ address }) => address === host))
