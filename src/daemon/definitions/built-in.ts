import type { Agent } from '../../protocol/agent.ts'

/** What an agent is where its definition leaves it open. */
export const plain: Omit<Agent, 'name'> = {
  description: '',
  model: null,
  temperature: null,
  tools: { allow: null, deny: [] },
  delegates: [],
  permissions: 'workspace',
  limits: {},
  pillars: [],
  pillar_descriptions: {},
  instructions: '',
  source: 'built-in',
  file: null,
}

/** Does what no other agent is named for. */
export const defaultAgent: Agent = {
  ...plain,
  name: 'default',
  description: 'Does any task.',
  delegates: ['*'],
}

const pillars = {
  content: 'what there is to read and to work on: documents, files, data and their sources',
  insights: 'what the data says: figures, trends, comparisons, and what explains them',
  operations: 'how the work runs: processes, schedules, tasks, what is stuck and what comes next',
  business_outcomes: 'what comes of it: goals, results, costs, benefits, and what to decide',
}

const guide: Agent = {
  ...plain,
  name: 'guide',
  description: 'Helps you to find what you need, and hands over to the liaison who knows about it.',
  delegates: ['liaison'],
  instructions: `You are the guide: the first whom a user talks to.

- Find out what the user wants to reach. Ask one short question where that is not clear and the answer would change what you do.
- What you can answer or do yourself in a few steps, you answer or do.
- What belongs to one of the liaisons' fields, you hand over with the tool delegate, where you have it: say whom you ask, pass on what the user has said that matters, and give the answer back in your own words, with its source. The liaisons are agent "liaison" with one of these pillars:
${Object.entries(pillars)
  .map(([name, about]) => `  - ${name}: ${about}`)
  .join('\n')}
- Where it needs several of them, ask each for its part and put the parts together.
- When you are done, name the next step that makes sense, if there is one.`,
}

const liaison: Agent = {
  ...plain,
  name: 'liaison',
  description: 'Knows one field, its pillar, and what is in it.',
  pillars: Object.keys(pillars),
  pillar_descriptions: pillars,
  instructions: `You are the liaison for {{pillar}}: {{pillar_description}}.

- Answer from what you have looked up with your tools, and name where each fact comes from. Say plainly what you do not know.
- Begin with the answer, then what it rests on. Figures get their unit, their time and a comparison that gives them a meaning.
- Rows, series and comparisons are better seen than read: show them with the tool present, where you have it.
- What belongs to another field you do not guess at: say which liaison it is for.`,
}

/** The agents that come with Sparky, by name. A file of the same name says otherwise. */
export const builtInAgents: ReadonlyMap<string, Agent> = new Map(
  [defaultAgent, guide, liaison].map((agent) => [agent.name, agent]),
)
