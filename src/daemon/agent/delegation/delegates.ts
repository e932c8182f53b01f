import type { Agent } from '../../../protocol/agent.ts'
import { sanitizeLine } from '../../../protocol/sanitize.ts'

/** An agent that another may delegate to, and in which of its pillars; none where it has no pillars. */
export interface DelegateChoice {
  readonly agent: Agent
  readonly pillars: readonly string[]
}

/** Of all agents that there are, those that this one may delegate to: as its definition names them. */
export const delegatesOf = (
  { delegates }: Pick<Agent, 'delegates'>,
  all: readonly Agent[],
): readonly DelegateChoice[] =>
  all.flatMap((agent) => {
    const { name } = agent
    if (agent.pillars.length === 0) return isNamed(delegates, name) ? [{ agent, pillars: [] }] : []
    const pillars = agent.pillars.filter((pillar) => mayDelegate(delegates, { name, pillar }))
    return pillars.length === 0 ? [] : [{ agent, pillars }]
  })

/** Whether these names stand for the agent, in this pillar. */
export const mayDelegate = (
  delegates: readonly string[],
  { name, pillar }: { readonly name: string; readonly pillar: string | undefined },
): boolean => isNamed(delegates, name) || (pillar !== undefined && delegates.includes(`${name}/${pillar}`))

/** `NAME/PILLAR` in two; a pillar of its own stands before the one in the name. */
export const splitName = (
  agent: string,
  pillar?: string,
): { readonly name: string; readonly pillar: string | undefined } => {
  const slash = agent.indexOf('/')
  return slash === -1
    ? { name: agent, pillar }
    : { name: agent.slice(0, slash), pillar: pillar ?? agent.slice(slash + 1) }
}

/** As a model may name them. */
export const namesOf = (choices: readonly DelegateChoice[]): string =>
  choices
    .flatMap(({ agent: { name }, pillars }) =>
      pillars.length === 0 ? [name] : pillars.map((pillar) => `${name}/${pillar}`),
    )
    .join(', ')

const maxShown = 50
const maxDescriptionChars = 300

/** A line for each, with what it is for. */
export const toldOf = (choices: readonly DelegateChoice[]): readonly string[] => [
  ...choices.slice(0, maxShown).flatMap(({ agent, pillars }) => {
    const { name, description, pillar_descriptions } = agent
    const own = (pillar: string): string | undefined =>
      Object.hasOwn(pillar_descriptions, pillar) ? pillar_descriptions[pillar] : undefined
    return [
      `- ${name}${pillars.length === 0 ? '' : ` (in one of its pillars)`}: ${shown(description)}`,
      ...pillars.map(
        (pillar) => `  - ${name}/${pillar}${own(pillar) ? `: ${shown(own(pillar) ?? '')}` : ''}`,
      ),
    ]
  }),
  ...(choices.length > maxShown ? [`and also: ${namesOf(choices.slice(maxShown))}`] : []),
]

const shown = (text: string): string => sanitizeLine(text).slice(0, maxDescriptionChars)

const isNamed = (delegates: readonly string[], name: string): boolean =>
  delegates.includes('*') || delegates.includes(name)
