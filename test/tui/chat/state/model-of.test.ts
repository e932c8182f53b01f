import { expect, it } from 'vitest'
import { reduceChat } from '../../../../src/tui/chat/state/chat-reduce.ts'
import { startChat, type ChatState } from '../../../../src/tui/chat/state/chat-state.ts'
import { newConversation } from '../../../../src/tui/chat/state/conversation-log.ts'
import { modelOf } from '../../../../src/tui/chat/state/model-of.ts'
import { foundTurn } from '../../../../src/tui/chat/state/turn.ts'
import { aTask } from '../../../support/task.ts'

const started = (): ChatState =>
  startChat({
    nowMs: 0,
    userId: 'user',
    log: newConversation('c', { name: 'guide', pillar: null }, 0),
    daemon: null,
    hasMonitor: false,
  })

const answeredBy = (state: ChatState, model: string): ChatState => {
  const number = state.log.items.length + 1
  const task = aTask({ number, kind: 'chat', model })
  const items = [...state.log.items, { ...foundTurn(task), task }]
  return { ...state, log: { ...state.log, items } }
}

it('is the one that the user chose, else that of the last turn, but for those of an earlier choice', () => {
  const usual = answeredBy(started(), 'openai/gpt-5-mini')
  expect(modelOf(usual)).toBe('openai/gpt-5-mini')
  const chosen = reduceChat(usual, { type: 'model', model: 'gpt-5' })
  expect(modelOf(chosen)).toBe('gpt-5')
  const answered = answeredBy(chosen, 'openai/gpt-5')
  expect(modelOf(answered)).toBe('openai/gpt-5')
  const given = reduceChat(answered, { type: 'model', model: null })
  expect(modelOf(given)).toBeNull()
  expect(modelOf(answeredBy(given, 'openai/gpt-5-mini'))).toBe('openai/gpt-5-mini')
})
