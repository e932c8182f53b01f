import type { Config } from '../protocol/config.ts'
import type { Context } from './context.ts'
import { loadUserConfig } from './user-config.ts'

type Here = Awaited<ReturnType<typeof inspectHere>>
export type ModelReport = Awaited<ReturnType<Here['models']>>
export type ToolRow = ReturnType<Here['tools']>[number]

/** The door into the daemon's room for what needs no running daemon, and the configuration that its answers need. */
export const inspectHere = async (context: Context) => {
  const [inspect, userConfig] = await Promise.all([import('../daemon/inspect.ts'), loadUserConfig(context)])
  const config: Config = userConfig.all()
  const environment = context.shell.env
  return {
    models: () => inspect.listModels({ environment, config, timeoutMs: 10_000 }),
    modelRows: inspect.modelRows,
    tools: () => inspect.toolCatalogue(inspect.providerSettings(environment, config)),
  }
}
