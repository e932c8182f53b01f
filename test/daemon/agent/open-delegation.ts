import { defaultAgent, plain } from '../../../src/daemon/definitions/built-in.ts'
import type { AttemptParts } from '../../../src/daemon/agent/attempt-parts.ts'
import type { ModelRequest } from '../../../src/daemon/models/model.ts'
import type { QueueSettings } from '../../../src/daemon/queue/queue.ts'
import { delegate } from '../../../src/daemon/tools/delegate.ts'
import type { Agent } from '../../../src/protocol/agent.ts'
import { SparkyError } from '../../../src/protocol/failure.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { plainSettings } from '../../support/queue.ts'
import { openAgent, type TestAgent } from './open-agent.ts'
import { scriptedModel, type Scripted, type ScriptedModel } from './scripted-model.ts'

/** A guide that may delegate to a liaison with pillars, and to a scout that may change nothing. */
export const guide: Agent = {
  ...plain,
  name: 'guide',
  description: 'Guides.',
  delegates: ['liaison', 'scout'],
}
const liaison: Agent = {
  ...plain,
  name: 'liaison',
  description: 'Knows one pillar.',
  pillars: ['content', 'insights'],
  pillar_descriptions: { insights: 'what the data says' },
  delegates: ['*'],
}
const scout: Agent = { ...plain, name: 'scout', description: 'Looks around.', permissions: 'read-only' }

/** What each agent's model says, call by call; of an agent that is not named, nothing is expected. */
export type Scripts = Readonly<Record<string, readonly Scripted[]>>

export interface TestDelegation extends TestAgent {
  readonly model: ScriptedModel
  /** What the model was asked as this agent. */
  askedAs(agent: string): readonly ModelRequest[]
  task(number: number): Task
}

/** Agents that share a model, which tells them apart by their instructions. */
export const openDelegation = async (
  scripts: Scripts,
  {
    agents = [guide, liaison, scout],
    fields = {},
    settings = {},
    bySpeech = false,
  }: {
    readonly agents?: readonly Agent[]
    readonly fields?: Partial<AttemptParts>
    readonly settings?: Partial<QueueSettings>
    /** Each line is said where the conversation has come to it, and not once only. */
    readonly bySpeech?: boolean
  } = {},
): Promise<TestDelegation> => {
  const all = agents.map((agent) => ({ ...agent, instructions: `You are ${agent.name}.` }))
  const agentIn = ({ prompt }: ModelRequest): string =>
    all.find(({ instructions }) => JSON.stringify(prompt[0]).includes(instructions))?.name ?? 'nobody'
  const asked = new Map<string, ModelRequest[]>()
  const model = scriptedModel((_call, request) => {
    const agent = agentIn(request)
    const requests = asked.get(agent) ?? []
    asked.set(agent, [...requests, request])
    const said = request.prompt.filter(({ role }) => role === 'assistant').length
    const line = scripts[agent]?.[bySpeech ? said : requests.length]
    if (line === undefined) throw new Error(`the script of ${agent} has no line ${requests.length + 1}`)
    return line
  })
  const agentNamed = (name: string): Agent | undefined => all.find((agent) => agent.name === name)
  const { taskDefaults } = plainSettings('/tmp')
  const agent: TestAgent = await openAgent(
    model,
    {
      tools: async () => ({ tools: [...agent.tools, delegate], problems: [] }),
      agentOf: (task) => agentNamed(task.agent) ?? defaultAgent,
      agents: () => all,
      ...fields,
    },
    {
      concurrency: 1,
      taskDefaults: {
        ...taskDefaults,
        chooseAgent: ({ agent: name = 'guide', pillar = null }) => {
          const found = agentNamed(name)
          if (found === undefined) throw new SparkyError('not_found', `no agent "${name}"`)
          if (found.pillars.length > 0 && pillar === null) {
            throw new SparkyError('usage', `pillar is required for ${name} agent`)
          }
          return { name, pillar, model: found.model, limits: {} }
        },
      },
      ...settings,
    },
  )
  return {
    ...agent,
    model,
    askedAs: (name) => asked.get(name) ?? [],
    task: (number) => agent.store.resolve(String(number)),
  }
}
