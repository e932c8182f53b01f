import type { Style } from './style.ts'
import { parseLogLine } from '../../client/daemon-log.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import { formatDateTime } from './amounts.ts'
import { safeJson } from './json.ts'

/** A line of the daemon's log for people: time, level, message, and the other fields as `name=value`. */
export const logLineText = (line: string, style: Style): string => {
  const parsed = parseLogLine(line)
  if (parsed.kind === 'text') return sanitizeLine(parsed.text)
  const time = formatDateTime(new Date(parsed.timeMs).toISOString())
  const fields = Object.entries(parsed.rest).map(([name, value]) => `${name}=${fieldText(value)}`)
  return [
    style.dim(time),
    paintLevel(parsed.level, style)(parsed.level.padEnd(5)),
    sanitizeLine(parsed.text),
    ...(fields.length === 0 ? [] : [style.dim(sanitizeLine(fields.join(' ')))]),
  ].join('  ')
}

/** The same for programs: always one JSON object. */
export const logLineJson = (line: string): string => {
  try {
    return safeJson(JSON.parse(line))
  } catch {
    return safeJson({ level: 'error', msg: line })
  }
}

const fieldText = (value: unknown): string => (typeof value === 'string' ? value : safeJson(value))

const paintLevel = (level: string, style: Style): ((text: string) => string) => {
  if (level === 'error' || level === 'fatal') return style.red
  return level === 'warn' ? style.yellow : style.dim
}
