import type { Agent } from '../../protocol/agent.ts'
import { sanitize, sanitizeLine } from '../../protocol/sanitize.ts'
import type { Style } from './style.ts'

/** Everything about an agent, for people. */
export const agentView = (agent: Agent, style: Style): string => {
  const { name, description, instructions } = agent
  const facts = factsOf(agent).filter(([, value]) => value !== '')
  return [
    `${style.bold(sanitizeLine(name))}  ${sanitizeLine(description)}`.trimEnd(),
    '',
    ...facts.map(([fact, value]) => `${style.dim(fact.padEnd(11))}  ${sanitizeLine(value)}`),
    ...(instructions === '' ? [] : ['', style.bold('Instructions'), '', sanitize(instructions)]),
  ].join('\n')
}

const factsOf = (agent: Agent): [string, string][] => [
  ['from', agent.file ?? agent.source],
  ['model', agent.model ?? ''],
  ['temperature', agent.temperature === null ? '' : String(agent.temperature)],
  ['tools', toolsOf(agent)],
  ['permissions', agent.permissions],
  ['delegates', agent.delegates.map((name) => (name === '*' ? 'to any agent' : name)).join(', ')],
  ['limits', limitsOf(agent)],
  ...agent.pillars.map((pillar, index): [string, string] => [
    index === 0 ? 'pillars' : '',
    [pillar, descriptionOf(agent, pillar)].filter(Boolean).join(': '),
  ]),
]

const toolsOf = ({ tools: { allow, deny } }: Agent): string => {
  const allowed = allow === null ? 'all' : allow.join(', ') || 'none'
  return deny.length === 0 ? allowed : `${allowed}, but never ${deny.join(', ')}`
}

const limitsOf = ({ limits }: Agent): string =>
  Object.entries(limits)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${value ?? 'none'}`)
    .join(', ')

const descriptionOf = ({ pillar_descriptions }: Agent, pillar: string): string =>
  Object.hasOwn(pillar_descriptions, pillar) ? (pillar_descriptions[pillar] ?? '') : ''
