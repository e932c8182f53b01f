import { toFailure } from '../../protocol/failure.ts'
import type { Json } from '../../protocol/task.ts'
import type { Context } from '../context.ts'
import { flatten } from '../../config/shown-config.ts'
import { loadUserConfig } from '../user-config.ts'
import { fail, ok, type Check } from './check.ts'

export const checkConfig = async (context: Context): Promise<Check> => {
  try {
    const userConfig = await loadUserConfig(context)
    const count = flatten(userConfig.all() as Json).filter(([key]) => key !== '').length
    return ok('config', `${userConfig.path} (${count === 0 ? 'nothing set' : `${count} set`})`)
  } catch (error) {
    const { message, hint } = toFailure(error)
    return fail('config', message, hint ?? 'mend the file, or use "sparky config set"')
  }
}
