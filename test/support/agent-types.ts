import type { AgentType } from '../../src/daemon/server/chat-agents.ts'

/** Whom messages may be for in tests of the server. */
export const knownAgents: readonly AgentType[] = [
  { name: 'default', pillars: [] },
  { name: 'guide', pillars: [] },
  { name: 'liaison', pillars: ['content', 'insights', 'operations', 'business_outcomes'] },
]

export const agentTypes = async (): Promise<readonly AgentType[]> => knownAgents
