import type { Agent } from '../../protocol/agent.ts'
import { SparkyError } from '../../protocol/failure.ts'

/** The pillar of an agent that a wish is about; null where the agent has none. Throws `usage` where it does not fit. */
export const pillarOf = (
  { name, pillars }: Pick<Agent, 'name' | 'pillars'>,
  given: string | undefined,
): string | null => {
  if (pillars.length === 0) {
    if (given === undefined) return null
    throw new SparkyError('usage', `Unknown pillar: ${given}`, { hint: `Agent ${name} has no pillars.` })
  }
  const hint = `It is one of ${pillars.join(', ')}.`
  if (given === undefined || given === '') {
    throw new SparkyError('usage', `pillar is required for ${name} agent`, { hint })
  }
  if (!pillars.includes(given)) throw new SparkyError('usage', `Unknown pillar: ${given}`, { hint })
  return given
}

/** The agent with its instructions for one of its pillars. Where they do not name it, it is said after them. */
export const forPillar = (agent: Agent, pillar: string | null): Agent => {
  if (pillar === null) return agent
  const { instructions, pillar_descriptions } = agent
  const description = Object.hasOwn(pillar_descriptions, pillar) ? pillar_descriptions[pillar] : undefined
  const values: Readonly<Record<string, string>> = { pillar, pillar_description: description ?? pillar }
  const filled = instructions.replaceAll(
    /\{\{\s*(pillar|pillar_description)\s*\}\}/g,
    (whole, name: string) => values[name] ?? whole,
  )
  if (filled !== instructions) return { ...agent, instructions: filled }
  const about = `Your pillar is ${pillar}${description === undefined ? '' : `: ${description}`}.`
  return { ...agent, instructions: [instructions, about].filter(Boolean).join('\n\n') }
}
