import { describe, expect, it } from 'vitest'
import type { ConversationTurn } from '../../../../src/protocol/conversation.ts'
import { chatPanes } from '../../../../src/tui/chat/layout/chat-panes.ts'
import { logDocument } from '../../../../src/tui/chat/layout/log-document.ts'
import { reduceChat } from '../../../../src/tui/chat/state/chat-reduce.ts'
import { startChat, type ChatState } from '../../../../src/tui/chat/state/chat-state.ts'
import { pastConversation } from '../../../../src/tui/chat/state/conversation-log.ts'
import { textOfLine } from '../../../../src/tui/layout/line.ts'
import { viewAt } from '../../../../src/tui/layout/viewport.ts'

const turns = 10_000

const history = Array.from({ length: turns }, (_, index): ConversationTurn => ({
  task_id: `task-${index}`,
  number: index + 1,
  status: 'completed',
  ts: '2026-11-20T12:00:00.000Z',
  message: `question ${index}`,
  answer: `answer **${index}**`,
  presented: [],
  error: null,
}))

const longChat = (): ChatState =>
  startChat({
    nowMs: 0,
    userId: 'user',
    log: pastConversation({ id: 'c', agent: 'guide', pillar: null, title: 'Long' }, history, 1),
    daemon: null,
    hasMonitor: false,
  })

const rowsIn = (state: ChatState): { texts: string[]; laidOut: number } => {
  const { width, logHeight } = chatPanes(state)
  const document = logDocument(state, width)
  let laidOut = 0
  const counting = {
    ...document,
    rowsOf: (index: number) => {
      laidOut++
      return document.rowsOf(index)
    },
  }
  return {
    texts: viewAt(counting, state.view.anchor, logHeight).rows.map(({ line }) => textOfLine(line)),
    laidOut,
  }
}

describe('a conversation of 10,000 messages', () => {
  it('lays out what is visible and no more, at its end, in the middle and at its beginning', () => {
    let state = longChat()
    const end = rowsIn(state)
    expect(end.texts.at(-1)).toContain('answer 9999')
    expect(end.laidOut).toBeLessThan(40)
    for (let page = 0; page < 100; page++) state = reduceChat(state, { type: 'log', verb: 'page_up' })
    const middle = rowsIn(state)
    expect(middle.laidOut).toBeLessThan(40)
    expect(middle.texts.join('\n')).toMatch(/question 9[45]\d\d/)
    state = reduceChat(state, { type: 'log', verb: 'top' })
    expect(rowsIn(state).texts[1]).toContain('> question 0')
    state = reduceChat(state, { type: 'log', verb: 'follow' })
    expect(rowsIn(state).texts).toEqual(end.texts)
  })

  it('stays where it is scrolled to while turns get their events and new ones come, and counts what is new', () => {
    let state = longChat()
    for (let page = 0; page < 3; page++) state = reduceChat(state, { type: 'log', verb: 'page_up' })
    const before = rowsIn(state).texts
    const added = {
      v: 1,
      seq: 2,
      ts: '2026-11-20T12:00:00.000Z',
      task_id: 'new',
      attempt: null,
      step: null,
      type: 'task_added',
      data: {
        task: {
          id: 'new',
          number: 1,
          kind: 'chat',
          prompt: 'more',
          conversation_id: 'c',
          parent_id: null,
          status: 'pending',
        },
      },
    } as never
    state = reduceChat(state, { type: 'feed', items: [{ kind: 'event', event: added }] })
    state = reduceChat(state, { type: 'page', taskId: 'task-9999', events: [], isLast: true })
    expect(rowsIn(state).texts).toEqual(before)
    expect(state.view.news).toBe(1)
    expect(state.log.items).toHaveLength(turns + 1)
  })

  it('goes to its end when something is said, and begins anew where it is cleared', () => {
    let state = reduceChat(longChat(), { type: 'log', verb: 'top' })
    state = reduceChat(state, { type: 'drafted', key: 'd', said: 'hello', ts: '2026-11-20T12:00:00.000Z' })
    expect(rowsIn(state).texts.join('\n')).toContain('> hello')
    state = reduceChat(state, { type: 'cleared' })
    expect(rowsIn(state).texts).toEqual([])
  })
})
