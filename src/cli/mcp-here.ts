import { sparkyHome } from '../config/home.ts'
import type { Context } from './context.ts'
import { currentDirectory } from './current-directory.ts'

type ServerDesk = Awaited<ReturnType<typeof serverDesk>>
export type ServerRow = ReturnType<ServerDesk['list']>['rows'][number]

/** The lists of MCP servers that count in the folder that the user is in. Needs no daemon. */
export const serverDesk = async ({ shell }: Context) => {
  const inspect = await import('../daemon/inspect.ts')
  return new inspect.ServerDesk({
    home: sparkyHome(shell.env),
    cwd: currentDirectory(),
    environment: shell.env,
    serverEnvironment: inspect.toolEnvironment(shell.env, {}),
  })
}
