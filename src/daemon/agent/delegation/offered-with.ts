import type { Agent } from '../../../protocol/agent.ts'
import { delegate, delegateTo } from '../../tools/delegate.ts'
import type { Tool } from '../../tools/tool.ts'
import { toldOf, type DelegateChoice } from './delegates.ts'

/**
 * The tools of an agent, with `delegate` saying whom it reaches, or without it where that is nobody. Who names agents to
 * delegate to means the tool as well, unless it is denied.
 */
export const offeredWith = (
  tools: readonly Tool[],
  choices: readonly DelegateChoice[],
  { deny }: Agent['tools'],
): readonly Tool[] => {
  const others = tools.filter(({ name }) => name !== delegate.name)
  const isDenied = deny.some((name) => name === delegate.name || name === '*')
  return choices.length === 0 || isDenied ? others : [...others, delegateTo(toldOf(choices))]
}
