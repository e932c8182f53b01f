import { delegate, delegateTo } from '../../tools/delegate.ts'
import type { Tool } from '../../tools/tool.ts'
import { toldOf, type DelegateChoice } from './delegates.ts'

/** The tools of an agent, with `delegate` saying whom it reaches, or without it where that is nobody. */
export const offeredWith = (tools: readonly Tool[], choices: readonly DelegateChoice[]): readonly Tool[] =>
  tools.flatMap((tool) => {
    if (tool.name !== delegate.name) return [tool]
    return choices.length === 0 ? [] : [delegateTo(toldOf(choices))]
  })
