import type { ChatState } from './chat-state.ts'

/** The model that answers: what the user chose, else that of the last turn, the agent's, or the daemon's. */
export const modelOf = ({ model, log, agents, daemon }: ChatState): string | null => {
  if (model !== null) return model
  const last = log.items.findLast((item) => item.kind === 'turn' && item.task !== null)
  const used = last?.kind === 'turn' ? last.task?.model : undefined
  return used ?? agents.find(({ name }) => name === log.agent.name)?.model ?? daemon?.model ?? null
}
