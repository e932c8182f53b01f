import type { Agent } from '../../../protocol/agent.ts'

/** Whom one can talk to by which name: of an agent that has pillars, each of them. */
export const talkingAgents = (
  agents: readonly Agent[],
): readonly { readonly name: string; readonly description: string }[] =>
  agents.flatMap(({ name, pillars, pillar_descriptions: descriptions, description }) =>
    pillars.length === 0
      ? [{ name, description }]
      : pillars.map((pillar) => ({
          name: `${name}/${pillar}`,
          description: descriptions[pillar] ?? description,
        })),
  )
