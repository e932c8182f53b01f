import { check } from '../protocol/check.ts'
import { configSchema, type Config } from '../protocol/config.ts'
import { SparkyError } from '../protocol/failure.ts'

/** A configuration as found, checked. Throws `usage` with one line that names the key, what was expected and found. */
export const checkConfig = (found: unknown, where: string): Config => {
  const checked = check(configSchema, found, 'the configuration')
  if (checked.ok) return checked.value
  throw new SparkyError('usage', `${where}: ${checked.message}`)
}
