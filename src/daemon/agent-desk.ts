import { homePaths } from '../config/home.ts'
import { Agents } from './definitions/agents.ts'
import { modelName } from './model-source.ts'
import type { Trust } from './projects/trust.ts'
import { builtInTools } from './tools/registry.ts'

/** Those that are not there for every task, beside those that are listed. */
const special = ['present']

/** The agents of a home, and of the projects that tasks work in: what the queue, attempts and the server ask. */
export const openAgents = (home: string, trust: Trust): Agents =>
  new Agents({
    home,
    folder: homePaths(home).agents,
    trust,
    checks: { model: modelName, toolNames: [...builtInTools.map(({ name }) => name), ...special] },
  })
