import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** One line of the daemon's log: pino's JSON, or whatever else was written there (a crash, say). */
export type LogLine =
  | {
      readonly kind: 'record'
      readonly level: string
      readonly timeMs: number
      readonly text: string
      readonly rest: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'text'; readonly text: string }

/** Reads one line; never throws. */
export const parseLogLine = (line: string): LogLine => {
  try {
    const {
      level,
      time,
      msg,
      pid: _pid,
      hostname: _hostname,
      ...rest
    } = JSON.parse(line) as Record<string, unknown>
    const timeMs = new Date(time as number | string).getTime()
    if (typeof level === 'string' && Number.isFinite(timeMs)) {
      return { kind: 'record', level, timeMs, text: typeof msg === 'string' ? msg : '', rest }
    }
  } catch {
    // Not a record of pino.
  }
  return { kind: 'text', text: line }
}

export interface Tail {
  readonly text: readonly string[]
  /** Where what comes next begins. */
  readonly endByte: number
}

const mostBytes = 4 * 1024 * 1024

/** The last lines of a file, from `fromByte` on, oldest first; at most its last 4 MiB. Empty where there is none. */
export const readTail = (file: string, lines: number, fromByte = 0): Tail => {
  let handle
  try {
    handle = openSync(file, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { text: [], endByte: 0 }
    throw error
  }
  try {
    const { size } = fstatSync(handle)
    const wanted = fromByte > size ? 0 : fromByte
    const start = Math.max(wanted, size - mostBytes)
    const bytes = Buffer.alloc(size - start)
    const read = readSync(handle, bytes, 0, bytes.length, start)
    const all = bytes.toString('utf8', 0, read).split('\n')
    const whole = (start > wanted ? all.slice(1) : all).filter((line) => line !== '')
    return { text: lines === 0 ? [] : whole.slice(-lines), endByte: start + read }
  } finally {
    closeSync(handle)
  }
}
