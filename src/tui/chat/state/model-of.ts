import type { ChatState } from './chat-state.ts'

/** The model that answers: what the user chose, else that of the last turn since, the agent's, or the daemon's. */
export const modelOf = ({
  model,
  modelSince,
  log,
  agents,
  daemon,
}: Pick<ChatState, 'model' | 'modelSince' | 'log' | 'agents' | 'daemon'>): string | null => {
  const last = log.items.slice(modelSince).findLast((item) => item.kind === 'turn' && item.task !== null)
  const used = last?.kind === 'turn' ? last.task?.model : undefined
  // What the user calls by a short name has a longer one.
  if (model !== null) return used?.endsWith(model) ? used : model
  return used ?? agents.find(({ name }) => name === log.agent.name)?.model ?? daemon?.model ?? null
}
