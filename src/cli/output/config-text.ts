import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Json } from '../../protocol/task.ts'
import { safeJson } from './json.ts'

/** A value of the configuration on one line. */
export const valueText = (value: Json): string =>
  sanitizeLine(typeof value === 'string' ? value : safeJson(value))
