import { homePaths } from '../config/home.ts'
import { Agents } from './definitions/agents.ts'
import type { Checks } from './definitions/parse-agent.ts'
import { parseModelName } from './models/model-name.ts'
import type { Trust } from './projects/trust.ts'
import { builtInTools } from './tools/registry.ts'

/** Those that are not there for every task, beside those that are listed. */
const special = ['present']

/** What a definition may name. */
export const checksOfAgents: Checks = {
  model: parseModelName,
  toolNames: [...builtInTools.map(({ name }) => name), ...special],
}

/** The agents of a home, and of the projects that tasks work in: what the queue, attempts and the server ask. */
export const openAgents = (home: string, trust: Trust): Agents =>
  new Agents({ home, folder: homePaths(home).agents, trust, checks: checksOfAgents })
