import type { Agent } from '../../../protocol/agent.ts'
import { SparkyError } from '../../../protocol/failure.ts'
import type { TalkingAgent } from './conversation-log.ts'

/** `NAME` or `NAME/PILLAR` as whom one talks to. */
export const agentOfWish = (wish: string): TalkingAgent => {
  const [name = '', pillar = null] = wish.trim().split('/', 2)
  return { name, pillar }
}

/** Throws `not_found` where there is no such agent, and `usage` where it wants a pillar, or another one. */
export const checkAgent = ({ name, pillar }: TalkingAgent, agents: readonly Agent[]): void => {
  const agent = agents.find((each) => each.name === name)
  if (agent === undefined) {
    throw new SparkyError('not_found', `Unknown agent_type: ${name}`, {
      hint: `there are ${agents.map((each) => each.name).join(', ')}`,
    })
  }
  const { pillars } = agent
  if (pillar === null && pillars.length > 0) {
    throw new SparkyError('usage', `pillar is required for ${name} agent`, {
      hint: pillars.map((each) => `${name}/${each}`).join(', '),
    })
  }
  if (pillar !== null && !pillars.includes(pillar)) {
    throw new SparkyError(
      'usage',
      pillars.length === 0
        ? `the agent ${name} has no pillars`
        : `expected one of the pillars ${pillars.join(', ')} of ${name}, found "${pillar}"`,
    )
  }
}
