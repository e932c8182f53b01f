import { sparkyHome } from '../config/home.ts'
import type { UserConfig } from '../config/user-config.ts'
import type { Context } from './context.ts'

/** The user's configuration. Loaded only by the commands that need it, because conf and zod are slow to load. */
export const loadUserConfig = async ({ shell }: Context): Promise<UserConfig> => {
  const { openUserConfig } = await import('../config/user-config.ts')
  return openUserConfig(sparkyHome(shell.env))
}
