import pino, { type Logger } from 'pino'
import { createStream } from 'rotating-file-stream'
import type { LogLevel } from '../../config/settings.ts'

/** What the rooms log with: fields first, then a message in plain words. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>

export interface DaemonLog {
  readonly log: Log
  setLevel(level: LogLevel): void
  /** These values never reach the log, wherever they stand in a line. */
  setSecrets(secrets: readonly string[]): void
  /** Resolves when what was logged is with the system. */
  close(): Promise<void>
}

interface LogOptions {
  readonly directory: string
  readonly file: string
  readonly level: LogLevel
}

const maxFileSize = '5M'
const keptFiles = 5
/** Shorter "secrets" would blot out ordinary words. */
const shortestSecret = 6

/** The daemon's structured log: a JSON object a line in `logs/daemon.log`, rotated by size, secrets left out. */
export const openLog = ({ directory, file, level }: LogOptions): DaemonLog => {
  let secrets: readonly string[] = []
  const stream = createStream(file, {
    path: directory,
    size: maxFileSize,
    maxFiles: keptFiles,
    mode: 0o600,
    encoding: 'utf8',
  })
  // A full disk must not end the daemon: the log goes on when it can.
  stream.on('error', () => {})
  const destination = {
    write: (line: string) => {
      stream.write(secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line))
    },
  }
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    destination,
  )
  return {
    log,
    setLevel: (next) => {
      log.level = next
    },
    setSecrets: (next) => {
      secrets = next.filter((secret) => secret.length >= shortestSecret)
    },
    close: () => new Promise((resolve) => void stream.end(() => resolve())),
  }
}
