import type { SparkyError } from '../../../protocol/failure.ts'
import type { ChatAction, ChatItem } from './chat-actions.ts'
import { freshView, type ChatState } from './chat-state.ts'
import {
  followed,
  overheard,
  withDraft,
  withItem,
  withMissing,
  withRefusal,
  withSending,
  withTurn,
  type ConversationLog,
} from './conversation-log.ts'
import { enterLog, logMoved } from './log-move.ts'
import { turnPageRequested, withFiles, withPage } from './turn.ts'

/** The state of the chat after an action. Pure. */
export const reduceChat = (state: ChatState, action: ChatAction): ChatState => {
  switch (action.type) {
    case 'feed':
      return action.items.reduce(taken, state)
    case 'tick':
      return ticked(state, action.nowMs)
    case 'resized':
      return { ...state, size: { ...state.size, ...action.size } }
    case 'input':
      return { ...state, input: action.input, notice: null, leaveAskedMs: null }
    case 'submitted': {
      const { history } = state
      return action.text === history.at(-1)
        ? state
        : { ...state, history: [...history, action.text].slice(-maxHistory) }
    }
    case 'found':
      return { ...state, found: action.found }
    case 'focus':
      if (action.focus === 'log') return enterLog(state)
      return { ...state, focus: action.focus, view: { ...state.view, cursor: null } }
    case 'log':
      return logMoved({ ...state, notice: null }, action.verb)
    case 'drafted':
      return following({ ...state, log: withDraft(state.log, action.key, action.said, action.ts) })
    case 'attached':
      return withLog(state, action.conversationId, (log) => ({
        ...log,
        items: log.items.map((item) =>
          item.kind === 'turn' && item.key === action.key ? withFiles(item, action.attached) : item,
        ),
      }))
    case 'sent':
      return withLog(state, action.conversationId, (log) =>
        withSending(log, 'waiting', { state: 'sent' }, action.key),
      )
    case 'not_sent':
      return withLog(state, action.conversationId, (log) =>
        withSending(log, 'waiting', { state: 'refused', failure: action.failure }, action.key),
      )
    case 'remark': {
      const { text, tone } = action
      const key = `remark ${state.keys}`
      const log = withItem(state.log, { kind: 'remark', key, text, tone })
      return following({ ...state, keys: state.keys + 1, log })
    }
    case 'notice':
      return {
        ...state,
        notice: {
          text: action.text,
          tone: action.tone,
          untilMs: state.clock.nowMs + (action.tone === 'failed' ? 10_000 : 4_000),
        },
      }
    case 'missing':
      return { ...state, log: withMissing(state.log, action.task) }
    case 'page_requested':
      return { ...state, log: withTurn(state.log, action.taskId, turnPageRequested) }
    case 'page':
      return {
        ...state,
        log: withTurn(state.log, action.taskId, (turn) => withPage(turn, action.events, action.isLast)),
      }
    case 'conversation':
      return switched(state, action.log)
    case 'renamed':
      return withLog(state, action.conversationId, (log) => ({ ...log, title: action.title }))
    case 'cleared':
      return following({ ...state, log: { ...state.log, clearedTo: state.log.items.length } })
    case 'model':
      return { ...state, model: action.model, modelSince: state.log.items.length }
    case 'agents':
      return { ...state, agents: action.agents }
    case 'context_tokens':
      return { ...state, contextTokens: action.tokens }
    case 'daemon':
      return { ...state, daemon: action.status }
    case 'picker':
      return { ...state, picker: action.picker }
    case 'picker_moved':
      return pickerMoved(state, action.step)
    case 'interrupting':
      return { ...state, interrupting: action.taskId }
    case 'leave_asked':
      return {
        ...state,
        leaveAskedMs: action.nowMs,
        notice: { text: 'ctrl+c again leaves', tone: 'plain', untilMs: state.clock.nowMs + leaveWithinMs },
      }
  }
}

const maxHistory = 1_000

/** Within this time a second ctrl+c leaves. */
export const leaveWithinMs = 2_000

const taken = (state: ChatState, item: ChatItem): ChatState => {
  switch (item.kind) {
    case 'event': {
      const log = followed(state.log, item.event)
      const isNews = log.items !== state.log.items && state.view.anchor !== null
      return { ...state, log, ...(isNews && { view: { ...state.view, news: state.view.news + 1 } }) }
    }
    case 'delta':
      return { ...state, log: overheard(state.log, item.delta) }
    case 'caught_up':
      // What had arrived has been heard of by now: the rest is sent again.
      return {
        ...state,
        log: withSending({ ...state.log, lastSeq: Math.max(state.log.lastSeq, item.seq) }, 'unsure', {
          state: 'waiting',
        }),
      }
    case 'connection':
      return connected(state, item.connection)
    case 'closed': {
      const closed = connected(state, { state: 'closed', error: item.error })
      return item.error === null ? closed : withClosingTold(closed, item.error)
    }
    case 'refused': {
      const { conversationId, failure } = item
      const changed = withLog(state, conversationId ?? state.log.id, (log) => withRefusal(log, failure))
      if (changed !== state) return changed
      const text = failure.hint === null ? failure.message : `${failure.message} (${failure.hint})`
      return { ...state, notice: { text, tone: 'failed', untilMs: state.clock.nowMs + 10_000 } }
    }
  }
}

const connected = (state: ChatState, connection: ChatState['connection']): ChatState => {
  const isLost = connection.state === 'reconnecting' || connection.state === 'closed'
  const unsure = (log: ConversationLog): ConversationLog =>
    isLost ? withSending(log, 'sent', { state: 'unsure' }) : log
  return {
    ...state,
    connection,
    connectionSinceMs: state.clock.nowMs,
    log: unsure(state.log),
    left: isLost ? new Map([...state.left].map(([id, log]) => [id, unsure(log)])) : state.left,
  }
}

const withClosingTold = (state: ChatState, { message, hint }: SparkyError): ChatState => {
  const text = `The connection is closed for good: ${hint === null ? message : `${message} (${hint})`}. Leave with Ctrl+D, and come back.`
  return { ...state, log: withItem(state.log, { kind: 'remark', key: 'closed', text, tone: 'failed' }) }
}

const ticked = (state: ChatState, nowMs: number): ChatState => ({
  ...state,
  clock: { nowMs, tick: state.clock.tick + 1 },
  notice: state.notice !== null && state.notice.untilMs <= nowMs ? null : state.notice,
})

/** Whoever says something wants to see what comes of it. */
const following = (state: ChatState): ChatState => ({
  ...state,
  view: { ...state.view, anchor: null, news: 0 },
})

const withLog = (
  state: ChatState,
  conversationId: string,
  change: (log: ConversationLog) => ConversationLog,
): ChatState => {
  if (state.log.id === conversationId) {
    const log = change(state.log)
    return log === state.log ? state : { ...state, log }
  }
  const log = state.left.get(conversationId)
  if (log === undefined) return state
  return { ...state, left: new Map(state.left).set(conversationId, change(log)) }
}

const switched = (state: ChatState, log: ConversationLog): ChatState => {
  if (log.id === state.log.id) return { ...state, picker: null, log }
  const left = new Map(state.left)
  // One in which nothing was said leaves nothing behind.
  if (state.log.items.some(({ kind }) => kind === 'turn')) left.set(state.log.id, state.log)
  left.delete(log.id)
  return {
    ...state,
    log,
    left,
    picker: null,
    focus: 'input',
    view: { ...freshView, unfoldAll: state.view.unfoldAll },
  }
}

const pickerMoved = (state: ChatState, step: 1 | -1): ChatState => {
  const { picker } = state
  if (picker === null) return state
  const index = Math.min(picker.rows.length - 1, Math.max(0, picker.index + step))
  return { ...state, picker: { ...picker, index } }
}
