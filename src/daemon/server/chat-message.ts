import { SparkyError } from '../../protocol/failure.ts'
import type { ClientFrame } from '../../protocol/frames.ts'

const chatAgents = ['guide', 'liaison']

/** Conversations come with the chat agents; until then a message gets the refusal that fits it. */
export const answerMessage = ({
  agent_type = 'guide',
  pillar,
}: Extract<ClientFrame, { type: 'message' }>): never => {
  if (!chatAgents.includes(agent_type)) throw new SparkyError('usage', `Unknown agent_type: ${agent_type}`)
  if (agent_type === 'liaison' && !pillar) {
    throw new SparkyError('usage', 'pillar is required for liaison agent')
  }
  throw new SparkyError('usage', 'chat is not available yet', {
    hint: 'queue the request as a task: POST /api/v1/tasks',
  })
}
