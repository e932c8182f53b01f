import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { demoModel } from '../../layout/header.ts'
import { span, type Line } from '../../layout/line.ts'
import { wrap } from '../../layout/wrap.ts'
import type { ChatState } from '../state/chat-state.ts'
import { modelOf } from '../state/model-of.ts'

/** What stands where nothing was said yet. */
export const emptyLogLines = (state: ChatState, width: number, height: number): readonly Line[] => {
  const { log, agents } = state
  const { name, pillar } = log.agent
  const agent = agents.find((each) => each.name === name)
  const description = agent?.pillar_descriptions[pillar ?? ''] ?? agent?.description ?? ''
  const texts: readonly (readonly [string, 'plain' | 'dim' | 'waiting'])[] = [
    [`You talk to ${sanitizeLine(pillar === null ? name : `${name}/${pillar}`)}.`, 'plain'],
    [sanitizeLine(description), 'dim'],
    ...(modelOf(state) === demoModel
      ? [
          [
            'offline/demo is no language model: it knows a few simple requests, such as "List all files". Set GEMINI_API_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY, or start Ollama, to talk.',
            'waiting',
          ] as const,
        ]
      : []),
    ['/help lists the commands and keys. Ctrl+D leaves.', 'dim'],
  ]
  const lines = texts.flatMap(([text, tone]) =>
    text === '' ? [] : wrap(text, Math.max(1, width - 4)).map((row): Line => [span('  '), span(row, tone)]),
  )
  return lines.length + 1 <= height ? [[], ...lines] : lines
}
