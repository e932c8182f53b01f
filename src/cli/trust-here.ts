import { sparkyHome } from '../config/home.ts'
import type { Context } from './context.ts'

type Here = Awaited<ReturnType<typeof trustHere>>
export type ProjectReport = ReturnType<Here['report']>
export type ServerReport = ProjectReport['servers'][number]

/** The door into the daemon's room for trusting projects, which needs no running daemon. */
export const trustHere = async ({ shell }: Context) => {
  const { projectTrust } = await import('../daemon/inspect.ts')
  return projectTrust(sparkyHome(shell.env))
}
