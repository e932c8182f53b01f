import { existsSync } from 'node:fs'
import { homePaths, sparkyHome } from '../../config/home.ts'
import { toFailure } from '../../protocol/failure.ts'
import type { Context } from '../context.ts'
import { fail, ok, type Check } from './check.ts'

/** What a start would find: for a home in which no daemon runs. */
export const checkStoreFiles = async ({ shell }: Context): Promise<Check[]> => {
  const home = sparkyHome(shell.env)
  const { store } = homePaths(home)
  if (!existsSync(store)) return []
  try {
    const { damageInHome } = await import('../../daemon/inspect.ts')
    const files = await damageInHome(home)
    if (files.length === 0) return [ok('store', `${store}, no damage`)]
    return [
      fail('store', `damaged: ${files.join(', ')}`, 'sparky doctor --repair keeps the damaged originals'),
    ]
  } catch (error) {
    const { message, hint } = toFailure(error)
    return [fail('store', message, hint ?? 'see that you may read it')]
  }
}
